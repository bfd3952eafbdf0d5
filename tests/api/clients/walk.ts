// The README's walk, by openapi-fetch on the types that openapi-typescript generated. Takes the service's address.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.d.ts";

declare const process: { argv: string[] };

const BASE = process.argv[2] ?? "";
const THREAT_HUNTING = "eaa89045-55f1-55b2-9dec-dac24698de59";

type AnswerEvent = components["schemas"]["AnswerEvent"];

const person = (name: string) =>
  createClient<paths>({ baseUrl: BASE, headers: { Authorization: `Bearer demo-${name}` } });
const [alice, bob, carol, vera] = [person("alice"), person("bob"), person("carol"), person("vera")];

function holds(condition: boolean, what: unknown): asserts condition {
  if (!condition) throw new Error(JSON.stringify(what));
}

/** What a call answered, which was no problem. */
function answered<T>(call: { data?: T; error?: unknown }): T {
  holds(call.data !== undefined, call.error);
  return call.data;
}

/** Reads an answer's stream. `type` narrows by the event's name. */
function* events(text: string): Generator<AnswerEvent> {
  for (const block of text.split("\n\n")) {
    const field = (name: string) =>
      block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
    const [event, data] = [field("event"), field("data")];
    if (event !== undefined && data !== undefined) yield { event, data: JSON.parse(data) } as AnswerEvent;
  }
}

// Prompt.
const made = answered(await alice.POST("/api/v1/conversations", { body: { title: "Beacons in May" } }));
const at = { params: { path: { id: made.id } } };
const prompted = answered(
  await alice.POST("/api/v1/conversations/{id}/messages", { ...at, body: { content: "Which hosts beacon?" } }),
);
holds("assistant_message" in prompted && prompted.assistant_message.status === "complete", prompted);
const hidden = await bob.GET("/api/v1/conversations/{id}", at);
holds(hidden.response.status === 404 && hidden.error?.code === "not-found", hidden.error);

// Toggle.
const toggle = (privacy: "private" | "shared") =>
  alice.PUT("/api/v1/conversations/{id}/privacy", { ...at, body: { privacy } });
holds(answered(await toggle("shared")).privacy === "shared", "not shared");
const seen = answered(await bob.GET("/api/v1/conversations/{id}", at));
holds(seen.access === "view" && seen.reasons.includes("organization_view"), seen);
holds(answered(await toggle("private")).removed_grants?.organization === "view", "no grant was removed");

// Share with a group, under the version that was read.
const sharing = await alice.GET("/api/v1/conversations/{id}/sharing", at);
const version = sharing.response.headers.get("etag") ?? "";
const save = () =>
  alice.PUT("/api/v1/conversations/{id}/sharing", {
    params: { path: { id: made.id }, header: { "If-Match": version } },
    body: { organization: null, groups: [{ group_id: THREAT_HUNTING, level: "collaborate" }] },
  });
holds(answered(await save()).groups[0]?.level === "collaborate", "not saved");
const stale = await save();
holds(stale.error?.code === "version-mismatch", stale.error);
const streamed = await bob.POST("/api/v1/conversations/{id}/messages", {
  ...at,
  headers: { Accept: "text/event-stream" },
  body: { content: "And which of them are servers?" },
  parseAs: "text",
});
let written = "";
for (const event of events(answered(streamed) as unknown as string)) {
  if (event.event === "message_delta") written += event.data.text;
  if (event.event === "message_completed") holds(event.data.content === written, event);
}
holds(written !== "", "nothing was streamed");
const carols = await carol.GET("/api/v1/conversations/{id}", at);
holds(carols.error?.code === "not-found", carols.error);

// Revoke.
answered(await toggle("private"));
holds((await bob.GET("/api/v1/conversations/{id}", at)).response.status === 404, "bob still sees it");

// Audit.
holds(answered(await vera.GET("/api/v1/conversations/{id}", at)).reasons[0] === "view_private_responses", "by another reason");
const readings = answered(await alice.GET("/api/v1/conversations/{id}/privileged-readings", at));
holds(readings.items[0]?.user.name === "vera", readings);
const edits = answered(
  await vera.GET("/api/v1/audit-events", {
    params: { query: { action: "AI_INFERENCE_STREAM_EDIT", conversation_id: made.id, limit: 1 } },
  }),
);
holds(edits.items[0]?.actor.name === "alice", edits);
console.log("walked");
