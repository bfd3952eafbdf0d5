"""The README's walk, by a client that openapi-python-client generated. Takes the service's address."""

import sys
from http import HTTPStatus
from uuid import UUID

from parlor_client import AuthenticatedClient
from parlor_client.api.conversations import (
    create_conversation,
    get_conversation,
    list_conversations,
    list_privileged_readings,
    read_sharing,
    save_sharing,
    toggle_privacy,
)
from parlor_client.api.messages import list_messages, prompt
from parlor_client.api.organization import get_me, list_audit_events
from parlor_client.models import (
    Access,
    Level,
    MessageStatus,
    NewConversation,
    NewGroupGrant,
    NewPrivacy,
    NewPrompt,
    NewSharing,
    Privacy,
    Problem,
    Prompted,
    Reason,
)

BASE = sys.argv[1]
THREAT_HUNTING = UUID("eaa89045-55f1-55b2-9dec-dac24698de59")


def person(name):
    return AuthenticatedClient(base_url=BASE, token=f"demo-{name}", raise_on_unexpected_status=True)


alice, bob, carol, vera = map(person, ("alice", "bob", "carol", "vera"))


def is_not_found(answer):
    assert answer.status_code == HTTPStatus.NOT_FOUND, answer
    assert isinstance(answer.parsed, Problem) and answer.parsed.code == "not-found", answer


# Prompt.
assert get_me.sync(client=alice).user.name == "alice"
made = create_conversation.sync(client=alice, body=NewConversation(title="Beacons in May"))
answered = prompt.sync(made.id, client=alice, body=NewPrompt(content="Which hosts beacon every 60 seconds?"))
assert isinstance(answered, Prompted), answered
assert answered.assistant_message.status == MessageStatus.COMPLETE, answered
is_not_found(get_conversation.sync_detailed(made.id, client=bob))

# Toggle.
shared = toggle_privacy.sync(made.id, client=alice, body=NewPrivacy(privacy=Privacy.SHARED))
assert shared.privacy == Privacy.SHARED, shared
seen = get_conversation.sync(made.id, client=bob)
assert seen.access == Access.VIEW and seen.reasons == [Reason.ORGANIZATION_VIEW], seen
private = toggle_privacy.sync(made.id, client=alice, body=NewPrivacy(privacy=Privacy.PRIVATE))
assert private.removed_grants.organization == Level.VIEW, private

# Share with a group, under the version that was read.
sharing = read_sharing.sync_detailed(made.id, client=alice)
grants = NewSharing(groups=[NewGroupGrant(group_id=THREAT_HUNTING, level=Level.COLLABORATE)], organization=None)
saved = save_sharing.sync(made.id, client=alice, body=grants, if_match=sharing.headers["etag"])
assert saved.groups[0].level == Level.COLLABORATE, saved
stale = save_sharing.sync(made.id, client=alice, body=grants, if_match=sharing.headers["etag"])
assert isinstance(stale, Problem) and stale.code == "version-mismatch", stale
answered = prompt.sync(made.id, client=bob, body=NewPrompt(content="And which of them are servers?"))
assert answered.user_message.author.name == "bob", answered
is_not_found(get_conversation.sync_detailed(made.id, client=carol))
assert len(list_messages.sync(made.id, client=bob).items) == 4
assert made.id in [item.id for item in list_conversations.sync(client=bob).items]

# Revoke.
toggle_privacy.sync(made.id, client=alice, body=NewPrivacy(privacy=Privacy.PRIVATE))
is_not_found(get_conversation.sync_detailed(made.id, client=bob))

# Audit.
seen = get_conversation.sync(made.id, client=vera)
assert seen.reasons == [Reason.VIEW_PRIVATE_RESPONSES], seen
readings = list_privileged_readings.sync(made.id, client=alice)
assert readings.items[0].user.name == "vera", readings
edits = list_audit_events.sync(
    client=vera, action="AI_INFERENCE_STREAM_EDIT", conversation_id=made.id, limit=1
)
assert edits.items[0].actor.name == "alice", edits
print("walked")
