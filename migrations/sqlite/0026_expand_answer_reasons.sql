-- Why an answer was cut or failed, and what the model thought.
--
-- `status` and `failure` keep the words of earlier versions, so that an instance of one may run beside: an answer that was
-- cut is `complete` there, and a failure is the nearest of the four that they know. `reason` says it exactly. A failure
-- without one was stored by an earlier version; its `failure` is translated when it is read.
ALTER TABLE messages ADD COLUMN reason TEXT CHECK (reason IN (
    'length',
    'content_filter',
    'not_configured',
    'rate_limited',
    'context_too_long',
    'unavailable',
    'timeout',
    'interrupted',
    'empty_answer',
    'model_error'
));
-- Shown on request; never searched.
ALTER TABLE messages ADD COLUMN reasoning TEXT CHECK (reasoning IS NULL OR role = 'assistant');
