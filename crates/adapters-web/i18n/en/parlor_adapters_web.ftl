# What several pages say.

common-skip = Skip to the content
common-navigation = Main
common-conversations = Conversations
common-audit = Audit log
common-settings = Settings
# $name: who is signed in
common-account = { $name }: account and language
common-language = Language
common-sign-out = Sign out
common-sign-out-hint = Ends your sessions in every browser.
common-no-answer = The service did not answer in time. Check your connection.
common-no-connection = No connection to the service. Trying again …
common-waiting = No answer from the service yet. Still waiting …
common-close = Close
common-private = Private
common-shared-organization = Shared with the organization
common-shared-groups = Shared with groups

# Errors.

error-to-conversations = To the conversations
error-to-sign-in = Sign in
error-not-found-title = There is nothing here
error-not-found-text = What you are looking for does not exist, or you may not see it.
error-signed-out-title = You are signed out
error-signed-out-text = Sign in again to go on.
error-forbidden-title = You may not do this
error-forbidden-text = You can see this conversation, but you do not have permission for this. This attempt was recorded.
# What somebody lacks a permission for.
error-no-permission-text = You do not have permission for this. This attempt was recorded.
error-no-permission-audit-log = You do not have permission to read the audit log. This attempt was recorded.
error-no-permission-settings = You do not have permission to change the settings. This attempt was recorded.
error-no-permission-run-ai = You do not have permission to use AI. This attempt was recorded.
error-token-title = This page is out of date
error-token-text = It was opened before you signed in or out. Nothing was changed: go back, reload, and try again.
error-foreign-title = This came from another site
error-foreign-text = Only Parlor’s own pages may change something here. Nothing was changed.
error-query-title = This address is not right
error-query-text = Something in it is unknown or broken.
error-form-title = This form is not right
error-form-text = A field is missing, unknown or broken. Nothing was changed.
error-not-a-form-title = This is not a form
error-not-a-form-text = Only a form that a browser sends is accepted here. Nothing was changed.
error-encoded-title = This form is encoded
error-encoded-text = A form is sent as it is, without compression. Nothing was changed.
error-method-title = This address is not used this way
error-method-text = Open it from a page of Parlor. Nothing was changed.
error-too-large-title = This is too long
error-too-large-text = More was sent than is taken at once. Nothing was changed.
error-broken-title = This did not arrive
error-broken-text = The connection was too slow or broke off. Nothing was changed.
error-conflict-title = Somebody was faster
error-conflict-text = The same thing was changed at the same time. Reload, and try again.
error-too-many-title = A little slower, please
# $seconds: after how many seconds one may try again
error-too-many-text =
    { $seconds ->
        [one] Try again in a second.
       *[other] Try again in { $seconds } seconds.
    }
error-away-title = Something is away
error-away-text = A part of the service cannot be reached. Try again in a moment.
error-internal-title = This went wrong
error-internal-text = The reason is ours. It is logged under the request’s id.

# Signing in.

sign-in-title = Sign in
sign-in-heading = Who would you like to be?
sign-in-lead = This is the demo organization. Open a second profile of your browser to be somebody else at the same time.
sign-in-nobody = Nobody can sign in here yet.
sign-in-groups = In the groups:
# $name: who one can be
sign-in-as = Sign in as { $name }
sign-in-may-everything = Every permission in this organization
sign-in-may-nothing = Read your own conversations, without asking models
sign-in-may-run-ai = Ask models, and see what others share
sign-in-may-view-private = View private responses: each reading is audited
sign-in-may-manage-responses = Manage responses: read and change every conversation
sign-in-may-manage-settings = Change the organization’s settings
sign-in-may-read-audit-log = Read the audit log
sign-in-stopped-title = This person cannot sign in
sign-in-stopped-text = Their account was stopped, or is not there any more.

# The list of conversations.

list-title = Conversations
list-new = New conversation
list-new-short = New
list-untitled = New conversation
list-search = Search titles and messages
list-search-do = Search
list-filters = Show
list-filter-all = All
list-filter-mine = Mine
list-filter-shared = Shared with me
list-filter-private = Private, by privilege
list-more = Show more
list-show-all = Show all conversations
list-more-search = Search older conversations
list-indexing = Some conversations are still being indexed. They are not found yet.
# $name: whose conversation it is
list-owner = { $name }’s
list-privileged = By privilege
# $count: how many conversations are shown
list-found =
    { $count ->
        [0] No conversations
        [one] { $count } conversation
       *[other] { $count } conversations
    }
list-start-heading = What would you like to know?
list-start-label = Your prompt
list-start-placeholder = Ask anything
list-start-send = Begin
list-start-private = Until you share it, only you and people with privileged access can see it.
list-start-shared = Everyone in your organization who can use AI, and people with privileged access, can see it.
list-start-unknown = No answer came from the service. Your text is still here. Send it again: it is not stored twice.
list-start-read-only = Choose a conversation to read it.
list-start-read-only-hint = You cannot begin one: that needs the permission to run AI.
list-empty-all = No conversations yet. A lock icon marks private ones.
list-empty-mine = You have not begun a conversation yet.
list-empty-shared = Nothing was shared with you yet.
list-empty-private = There are no private conversations of others.
list-empty-search = Nothing has all of these words.
list-deleted = The conversation was deleted.

# Sharing: the dialog, which is a page of its own too.

share-title = Share
share-back = Back to the conversation
share-lead-private = This conversation is private.
share-lead-shared = This conversation is shared.
share-organization-legend = The whole organization
share-organization = Anyone in the organization can view
share-organization-hint = Everyone in { $organization } who may use the AI can read the whole conversation with all its branches.
share-collaborate = Allow collaboration
share-collaborate-hint = They can also prompt, and branch from any message. Only counts when anyone in the organization can view.
share-groups-legend = Groups
share-search-label = Add groups
share-search-hint = Type a part of a group’s name.
share-search = Search
share-search-refused = You may not look up groups. You can still change and remove the ones below.
share-found-label = Groups that can be added
share-found-none = No other group has this in its name.
share-found-none-at-all = There is no other group to add.
share-found-count = { $count ->
    [one] One group found.
   *[other] { $number } groups found.
}
share-found-more = There are more groups. Type more of the name.
share-add = Add
share-add-group = Add { $group }
share-granted-label = Groups with access
share-granted-none = No group has been added.
share-level-of = What { $group } can do
share-level-view = can view
share-level-collaborate = can collaborate
share-level-none = no access
share-remove = Remove
share-remove-group = Remove { $group }
share-review = Review the changes
share-save = Save
share-save-private = Make private
share-save-over = Save my choice over the newer state
share-cancel = Cancel
share-summary-title = What will change
share-summary-none = Nothing will change: this is what is granted now.
share-summary-pending = Nothing is saved yet. Before it is, you see here what will change, and for how many people.
share-change-organization = Anyone in the organization: { $before } → { $after }
share-change-group = { $group }: { $before } → { $after }
share-becomes-private = The conversation becomes private: no grants are left. Only its owner and people with privileged access can see it.
share-stays-private = The conversation stays private.
share-becomes-shared = The conversation is no longer private.
share-gain-view = { $count ->
    [one] One more person can view it.
   *[other] { $number } more people can view it.
}
share-gain-collaborate = { $count ->
    [one] One more person can collaborate.
   *[other] { $number } more people can collaborate.
}
share-lose-collaborate = { $count ->
    [one] One person can only view it, and no longer collaborate.
   *[other] { $number } people can only view it, and no longer collaborate.
}
share-lose = { $count ->
    [one] One person loses access at once.
   *[other] { $number } people lose access at once.
}
share-nobody = Nobody’s access changes by it.
share-reach = { $count ->
    [one] One person will have access (now: { $before }).
   *[other] { $number } people will have access (now: { $before }).
}
share-conflict-title = Somebody else has changed this conversation
share-conflict-grants = Since you opened this, somebody else saved other grants. Nothing of yours was saved, and nothing of theirs was overwritten.
share-conflict-other = Since you opened this, the conversation’s title or owner was changed; the grants are what they were. Nothing of yours was saved.
share-conflict-table = The grants when you opened this, as they are now, and as you chose them
share-conflict-who = Who
share-conflict-opened = When you opened it
share-conflict-now = Now
share-conflict-yours = Your choice
share-conflict-differs = changed by somebody else
share-conflict-reload = Discard mine, show the newer state
share-everyone = Anyone in the organization
share-problem-title = It was not saved
share-problem-unknown = These groups do not exist here, and were taken out of your choice: { $groups }
share-problem-private = The organization has switched private conversations off, so at least one grant has to stay.
share-problem-no-answer = No answer came from the service. Checking whether your choice is saved …
share-problem-undone = The service did not answer, and your choice was not saved. Save it again.

# Access: why one sees a conversation, who else does, and who looked at it by privilege.

access-title = Access
access-back = Back to the conversation
access-why-title = Why can I see this?
access-why-lead = You can see this conversation because:
access-level-view = You can read everything.
access-level-collaborate = You can read everything and prompt.
access-level-collaborate-reading = You can read everything. You could prompt if you held the permission to run the AI.
access-level-manage = You can do everything with it: share it, rename it, delete it.
access-reason-owner = It is your conversation.
access-reason-manage-responses = You hold the permission to manage responses: you can see and manage every conversation of the organization.
access-reason-organization-collaborate = It is shared with the whole organization for collaboration.
access-reason-group-collaborate = It is shared with a group of yours for collaboration.
access-reason-organization-view = It is shared with the whole organization for viewing.
access-reason-group-view = It is shared with a group of yours for viewing.
access-reason-view-private-responses = You hold the permission to view private responses.
access-privileged = You see it by privilege alone: nobody shared it with you. The owner can see that you looked at it.
access-who-title = Who can see this?
access-who-lead = Everyone who has access now, with every reason.
access-who-none = Nobody.
access-who-more = Show more people
access-who-first = Back to the first people
access-column-person = Person
access-column-level = Access
access-column-reasons = Because
access-short-none = none
access-short-view = view
access-short-collaborate = collaborate
access-short-manage = manage
access-they-owner = owner
access-they-manage-responses = may manage responses
access-they-organization-collaborate = shared with the organization, to collaborate
access-they-group-collaborate = shared with a group, to collaborate
access-they-organization-view = shared with the organization, to view
access-they-group-view = shared with a group, to view
access-they-view-private-responses = may view private responses
access-you = (you)
access-readings-title = Privileged views
access-readings-lead = People who viewed it without it being shared with them, one line a visit, newest visit first. A visit ends after 15 minutes without another view. Nobody can remove an entry.
access-readings-none = No privileged views.
access-readings-more = Show older views
access-readings-first = Back to the newest views
access-column-how = How
access-column-when = When
# Between the first and the last time of a visit.
access-visit-to = to
access-reading-open = opened it
access-reading-export = exported it
access-reading-fork = copied it

# The audit log.

audit-title = Audit log
audit-lead = Every change, every refusal and every reading by privilege. Titles and texts of conversations are never in it.
audit-filters-title = Filters
audit-filter-action = Action
audit-filter-action-any = Any action
audit-filter-actor = Person’s id
audit-filter-conversation = Conversation’s id
audit-filter-from = From (UTC)
audit-filter-to = Until (UTC)
audit-filter-apply = Apply
audit-filter-clear = Clear filters
audit-invalid-id = This is not an id, such as 0190a2b4-7e1c-7cc0-98c4-dc0c0c07398f.
audit-invalid-time = This is not a time, such as 2026-09-21T14:00.
audit-invalid-action = There is no such action.
audit-invalid-cursor = The next page does not belong to these filters. Start from the newest entries.
audit-entries-title = Entries
audit-none = No entry matches.
audit-older = Older entries
audit-newest = Back to the newest entries
audit-result-succeeded = succeeded
audit-result-failed = refused
audit-result-partially-failed = partly failed
audit-privileged = by privilege
# $count: how often a request was repeated; $number: the same, written out
audit-repeats = { $count ->
    [one] repeated once
   *[other] repeated { $number } times
}
audit-service = Parlor itself
audit-field-time = Time
audit-field-id = Entry
audit-field-action = Action
audit-field-result = Result
audit-field-errors = Why it was refused
audit-field-actor = Who
audit-field-actor-id = Person’s id
audit-field-actor-type = Kind of actor
audit-field-email = Address
audit-field-roles = Roles
audit-field-conversation = Conversation
audit-field-organization = Organization
audit-field-access = Access
audit-field-reasons = Because
audit-field-privileged = By privilege alone
audit-field-version = Version after it
audit-field-input = What was asked
audit-field-static = Fixed parameters
audit-field-source = Network address
audit-field-forwarded = Forwarded for
audit-field-agent = Program
audit-field-request = Request
audit-field-program = Version of Parlor
audit-yes = yes
audit-no = no
audit-empty = –
audit-only-actor = Only this person’s entries
audit-only-conversation = Only this conversation’s entries
audit-raw = The entry as JSON
audit-unreadable = This entry cannot be taken apart; it is shown as it is stored.
audit-action-conversation-edit = Changed a conversation
audit-action-conversation-create = Created a conversation
audit-action-conversation-delete = Deleted a conversation
audit-action-conversation-fork = Copied a conversation
audit-action-conversation-export = Exported a conversation
audit-action-conversation-prompt = Prompted a model
audit-action-conversation-get = Read a conversation by privilege, or was refused an action on it
audit-action-conversation-read = Read a conversation by privilege
audit-action-conversation-refused = Was refused an action on a conversation
audit-action-conversation-list = Listed conversations by privilege
audit-action-conversation-access-denied = Asked for a conversation that it cannot see
audit-action-list-groups = Asked for the groups
audit-action-list-audit-logs = Asked for the audit log
audit-entry-title = An entry of the audit log
audit-action-sign-in = Signed in
audit-action-sign-in-failed = Was refused to sign in
audit-action-sign-out = Signed out everywhere
audit-action-update-general-settings = Changed the settings
audit-action-create-user = Created a user
audit-action-create-user-role = Created a role
audit-action-create-group = Created a group

# Settings.

settings-title = Settings
settings-lead = For the whole organization { $organization }.
settings-private-title = Private conversations
settings-private-on = New conversations start private
settings-private-on-hint = Until they are shared, only their owner and people with privileged access can see them: those with the permission View private responses or Manage responses.
settings-private-off = New conversations start shared with the organization
settings-private-off-hint = Everyone in the organization who can use AI, and people with privileged access, can view them. No conversation can be made private.
settings-private-changes-title = What this changes
settings-private-changes = Only how conversations start from now on, and whether one can be made private.
settings-private-keeps-title = What this does not change
settings-private-keeps = No existing conversation: what is private stays private, what is shared stays shared with the same people, and nobody sees more or less than before.
settings-private-now-on = Private conversations are switched on.
settings-private-now-off = Private conversations are switched off.
settings-save = Save
settings-saved = The settings are saved.
settings-read-only = Only those who hold the permission to manage settings can change this.

# A conversation.

conversation-cancel = Cancel
conversation-copy-code = Copy
conversation-copied = Copied
conversation-offline = No answer came from the service. What is shown below is what is stored: look before you try again.
conversation-undone = The service did not answer, and your last action was not done. Try again.
conversation-sending = Sending …
conversation-checking = No answer came. Checking whether your prompt is stored …
conversation-not-copied = Not copied: select the text and copy it.
conversation-unknown = No answer came from the service, and it is not known whether your prompt is stored. Reload the page to see what is stored.
conversation-unstored = No answer came from the service, and your prompt is not stored so far. Send it again: unchanged, it is stored only once.
conversation-author-unknown = Somebody who is not here any more
conversation-earlier = Show earlier messages
conversation-later = Back to the newest messages
conversation-empty = Nothing has been said here yet.
conversation-writing = is being written …
conversation-stopped = Stopped. What was written stays.
conversation-stopped-empty = Stopped before anything was written.
conversation-reasoning = Reasoning
# $count: how many of the oldest messages the model was not sent; $number: the same, written out
conversation-left-out = { $count ->
    [one] The oldest message was left out, because the conversation is longer than what this model can read.
   *[other] The oldest { $number } messages were left out, because the conversation is longer than what this model can read.
}
conversation-cut-length = The answer reached its length limit and was cut. Ask the model to continue.
# $others: whether there is another model
conversation-cut-content-filter =
    The provider's content filter ended the answer. { $others ->
        [yes] Rephrase the prompt, or choose another model.
       *[no] Rephrase the prompt.
    }
# $others: whether there is another model
conversation-failed-not-configured =
    The model provider does not accept the key, address or model that is configured. { $others ->
        [yes] Tell an administrator, or choose another model.
       *[no] Tell an administrator.
    }
# $others: whether there is another model
conversation-failed-rate-limited =
    The model provider accepts no more requests for now. { $others ->
        [yes] Regenerate later, or choose another model.
       *[no] Regenerate later.
    }
# $others: whether there is another model
conversation-failed-context-too-long =
    The conversation is too long for this model. { $others ->
        [yes] Start a new conversation, or choose another model.
       *[no] Start a new conversation.
    }
# $others: whether there is another model
conversation-failed-content-filter =
    The provider's content filter refused to answer. { $others ->
        [yes] Rephrase the prompt, or choose another model.
       *[no] Rephrase the prompt.
    }
# $others: whether there is another model
conversation-failed-unavailable =
    The model cannot be reached or is overloaded. { $others ->
        [yes] Regenerate in a moment, or choose another model.
       *[no] Regenerate in a moment.
    }
# $kept: whether anything of the answer is there; $others: whether there is another model
conversation-failed-timeout =
    The model took too long.{ $kept ->
        [yes] {" "}The partial answer was kept.
       *[no] {""}
    } { $others ->
        [yes] Regenerate, or choose another model.
       *[no] Regenerate.
    }
# $kept: whether anything of the answer is there
conversation-failed-interrupted =
    The answer broke off.{ $kept ->
        [yes] {" "}The partial answer was kept.
       *[no] {""}
    } Regenerate to try again.
# $others: whether there is another model
conversation-failed-empty-answer =
    The model returned no text. { $others ->
        [yes] Regenerate, or choose another model.
       *[no] Regenerate.
    }
# $kept: whether anything of the answer is there; $others: whether there is another model
conversation-failed-model-error =
    The model returned an error.{ $kept ->
        [yes] {" "}The partial answer was kept.
       *[no] {""}
    } { $others ->
        [yes] Regenerate, or choose another model.
       *[no] Regenerate.
    }
# $name: a model
conversation-announce-writing = { $name } is writing an answer.
# $name: a model
conversation-announce-finished = { $name } has finished the answer.
# $name: a person
conversation-announce-prompt = A new message of { $name }.
conversation-siblings-prompt = Versions of this prompt
conversation-siblings-answer = Versions of this answer
# $place, $count: which of how many
conversation-sibling-place = { $place } / { $count }
conversation-sibling-previous = Previous version
conversation-sibling-next = Next version
conversation-stop = Stop
conversation-message-cut = This message is too long for a page: only its beginning is shown.
conversation-message-export = Export the conversation to read all of it.
conversation-copy = Copy message
conversation-edit = Edit as a new branch
conversation-regenerate = Regenerate
conversation-continue = Continue from here
conversation-continues-here = The path ends here, though more follows: what you send begins a branch.
conversation-continues-show = Show what follows
conversation-continues-from = What you send begins a branch after the message of
conversation-composer = Your prompt
conversation-placeholder = Ask something
conversation-composer-hint = Enter sends, Shift and Enter begins a line
conversation-model = Model
conversation-send = Send
conversation-your-text = Your text, which was not sent
# $name: the owner
conversation-read-only = This conversation is read-only for you. It belongs to { $name }.
conversation-read-only-own = This conversation is yours, but you may not prompt any more.
conversation-fork-to-go-on = Fork it to go on in a copy of your own

# Above a conversation.

conversation-rename = Rename
conversation-rename-label = Title
conversation-rename-save = Save
# $name: the owner
conversation-owner = Owned by { $name }
conversation-privileged = Visible to you by privilege
conversation-forked-from = Forked from another conversation
conversation-toggle-to-private = Make it private
conversation-toggle-to-shared = Let everyone in the organization who can use AI view it
conversation-share = Share
conversation-map = Map
conversation-more = More
conversation-fork = Fork everything
conversation-fork-path = Fork this path only
conversation-export-markdown = Export as Markdown
conversation-export-json = Export as JSON
conversation-access = Who can see this, and who looked
conversation-delete = Delete
conversation-why = Why can I see this?
conversation-why-owner = It is yours.
conversation-why-manage-responses = You hold the permission Manage responses.
conversation-why-organization-collaborate = Everybody in the organization may collaborate.
conversation-why-group-collaborate = One of your groups may collaborate.
conversation-why-organization-view = Everybody in the organization may view it.
conversation-why-group-view = One of your groups may view it.
conversation-why-view-private-responses = You hold the permission View private responses.

# What was done to a conversation, and what was not.

conversation-undo = Undo
conversation-shared-title = Shared.
conversation-shared-text = Everyone in the organization who can use AI can view it now.
conversation-made-private-title = Private.
conversation-made-private-text = Only its owner and people with privileged access can see it now.
conversation-undone-title = Undone.
conversation-undone-text = It is shared as it was before.
conversation-forked-title = This is your copy.
conversation-forked-text = It is private: only you and people with privileged access can see it. What you do here does not show in the original.
conversation-sharing-saved-title = Saved.
conversation-sharing-saved-text = It is shared as you chose.
conversation-sharing-saved-private = Only its owner and people with privileged access can see it now.
conversation-stale-title = Somebody was faster.
conversation-stale-text = The conversation was changed since you opened it. Nothing was done: look at it as it is now, and try again.
conversation-private-disabled-title = Not here.
conversation-private-disabled-text = The organization has switched private conversations off.
conversation-fork-disabled = A fork is private, and the organization has switched private conversations off.
conversation-not-forked = Not forked
conversation-forked-before = This form was sent before, for another copy. Reload the page, and try again.
conversation-too-many-forks =
    Your earlier forks are not finished. Try again in { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }.
conversation-undo-failed-title = This cannot be undone.
conversation-undo-failed-text = One of the groups is not there any more. Share it anew.
conversation-not-renamed = Not renamed.
conversation-title-empty = A title needs at least one character.
# $limit: how many
conversation-title-too-long = A title has at most { $limit } characters.
conversation-title-control = A title is one line, without control characters.
conversation-not-sent = Not sent.
conversation-sent-before = This form was sent before, with other text. Send this text again.
conversation-prompt-empty = There is nothing to send.
# $limit: how many
conversation-prompt-too-long = A prompt has at most { $limit } characters.
conversation-prompt-nul = It contains the character U+0000, which cannot be stored. Remove it, and send again.
conversation-start-not-private = The organization has switched private conversations off, so everyone in your organization who can use AI could see it. Reload the page, and begin it again if that is what you want.
conversation-unknown-model = This model is no longer available. Reload the page, and choose another one.
conversation-still-writing = The answer to continue from is still being written. Stop it, or wait for it.
# $limit: how many
conversation-full = A conversation has at most { $limit } messages.
# $limit: how often; $seconds: how long to wait
conversation-too-many-prompts =
    { $limit ->
        [one] You may prompt once a minute.
       *[other] You may prompt { $limit } times a minute.
    } { $seconds ->
        [one] Try again in a second.
       *[other] Try again in { $seconds } seconds.
    }
conversation-shutting-down = The service is being restarted. Try again in a moment.
conversation-gone-revoked = You can no longer see this conversation.
conversation-gone-signed-out = You are signed out.
conversation-gone-deleted = This conversation was deleted.
conversation-open-again = Try to open it again

# Questions about a conversation.

conversation-privacy-title = Make it private?
conversation-privacy-text = These groups lose their access:
conversation-privacy-do = Make private
conversation-delete-title = Delete this conversation?
conversation-delete-text = All its messages and branches are deleted permanently. Forks stay.
conversation-delete-do = Delete permanently
conversation-edit-title = Edit a prompt
conversation-edit-label = Another version of this prompt
conversation-edit-hint = What is there stays, as a branch
conversation-edit-send = Send as a branch

# The map of a conversation.

conversation-map-title = Map
conversation-map-back = Back to the conversation
conversation-map-hint = Every message, from the top down. Choose one to go there.
# $count: how many
conversation-map-cut = Only { $count } messages are drawn at once.
conversation-map-next = Show what came later
conversation-map-later = This is a later part.
conversation-map-first = Show the first part
conversation-map-list = As a list
# $preview: its beginning
conversation-map-answer = Answer: { $preview }
# $name: a person; $preview: its beginning
conversation-map-prompt = { $name }: { $preview }
# $preview: its beginning
conversation-map-prompt-other = Somebody else: { $preview }
# $branch, $count: which of how many
conversation-map-branch = Branch { $branch } of { $count }
