-- Why an answer was cut or failed, and what the model thought.
--
-- `status` and `failure` keep the words of earlier versions, so that an instance of one may run beside: an answer that was
-- cut is `complete` there, and a failure is the nearest of the four that they know. `reason` says it exactly. A failure
-- without one was stored by an earlier version; its `failure` is translated when it is read.
--
-- The checks are not tried on what is there: it has neither.
ALTER TABLE messages ADD COLUMN reason text;
ALTER TABLE messages ADD CONSTRAINT messages_reason_check CHECK (reason IN (
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
)) NOT VALID;
-- Shown on request; never searched.
ALTER TABLE messages ADD COLUMN reasoning text;
ALTER TABLE messages ADD CONSTRAINT messages_reasoning_check CHECK (reasoning IS NULL OR role = 'assistant') NOT VALID;
