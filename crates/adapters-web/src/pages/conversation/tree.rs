//! The map of a conversation: all its messages as a picture, to jump in, and the same as a list.

mod layout;
mod outline;

use askama::Template;
use axum::{extract::State, response::Response};
use i18n_embed_fl::fl;
use parlor_application::{caller::Caller, messages::TreePart, ports::MessageNode};
use parlor_domain::{
    ids::{ConversationId, MessageId},
    message::Role,
};
use serde::Deserialize;

use crate::{
    errors::{self, PageError},
    extract::{Fragment, PathId, StrictQuery, Text},
    frame::{Frame, Section},
    i18n::Texts,
    page_size::{PAGE_HTML, written},
    session::SignedIn,
    web::Web,
};
use layout::{Layout, Place};
use outline::{Line, outline};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TreeQuery {
    /// The end of the path that is marked.
    leaf: Option<Text<MessageId>>,
    /// Only what came after the message at this position.
    after: Option<Text<u32>>,
}

#[derive(Template)]
#[template(path = "conversation_tree.html")]
struct TreePage {
    frame: Frame,
    map: Map,
}

#[derive(Template)]
#[template(path = "conversation_tree_map.html")]
struct TreeFragment {
    frame: Frame,
    map: Map,
}

/// What is drawn.
struct Map {
    base: String,
    title: String,
    width: u32,
    height: u32,
    nodes: Vec<Node>,
    listed: Vec<Listed>,
    /// Whether this is not the first part.
    is_later: bool,
    /// Where the first part and the next one are.
    first: String,
    next: Option<String>,
    /// How many are drawn.
    count: String,
}

/// A piece of the list.
enum Listed {
    /// A message.
    Message(ListedNode),
    /// A list of a branch begins, under these words.
    Open(String),
    /// It ends.
    Close,
}

/// A message in the list.
struct ListedNode {
    id: MessageId,
    is_on_path: bool,
    text: String,
}

/// A message as it is drawn and listed.
struct Node {
    id: MessageId,
    is_prompt: bool,
    /// Whether it is on the path that is marked.
    is_on_path: bool,
    place: Place,
    /// Where the line from the message before it begins, if that one is drawn.
    from: Option<Place>,
    /// What stands in it: a letter of the author's name.
    initial: String,
    /// Who speaks, and what it begins with.
    text: String,
}

pub(crate) async fn tree(
    State(web): State<Web>,
    SignedIn { caller, frame }: SignedIn,
    PathId(id): PathId<ConversationId>,
    Fragment(fragment): Fragment,
    StrictQuery(query): StrictQuery<TreeQuery>,
) -> Result<Response, PageError> {
    let after = query.after.map_or(0, |Text(after)| after);
    let leaf = query.leaf.map(|Text(leaf)| leaf);
    let turn = web.rendering.turn(caller.user_id()).await?;
    let mut part = web.application.read_tree.map(&caller, id, after).await?;
    let making = turn.page(move || {
        let frame = frame.within(Section::Conversations);
        let mut page = TreePage {
            map: draw(frame.t, &caller, &part, leaf, after),
            frame,
        };
        // As many messages as have room. Each has about the same part of the page.
        while let Some(fewer) = fewer(written(&page), part.nodes.len()) {
            part.nodes.truncate(fewer);
            part.next = part.nodes.last().map(|last| last.position);
            page.map = draw(page.frame.t, &caller, &part, leaf, after);
        }
        let TreePage { frame, map } = page;
        if fragment.is_some() {
            errors::page(&TreeFragment { frame, map })
        } else {
            errors::page(&TreePage { frame, map })
        }
    });
    making.await
}

/// How many messages to draw instead, where so many make a page of too many bytes.
fn fewer(bytes: usize, messages: usize) -> Option<usize> {
    let is_too_long = bytes > PAGE_HTML && messages > 1;
    is_too_long.then(|| (messages * PAGE_HTML / bytes * 9 / 10).clamp(1, messages - 1))
}

fn draw(t: Texts, caller: &Caller, part: &TreePart, leaf: Option<MessageId>, after: u32) -> Map {
    let summary = &part.conversation.summary;
    let base = format!("/conversations/{}", summary.id);
    let layout = Layout::of(&part.nodes, leaf);
    let names = Names {
        t,
        known: vec![
            (summary.owner.id, summary.owner.name.clone()),
            (caller.user_id(), caller.member.name.clone()),
        ],
    };
    let nodes: Vec<Node> = part
        .nodes
        .iter()
        .zip(&layout.spots)
        .map(|(node, spot)| names.node(node, spot))
        .collect();
    let address = |after: u32| {
        let leaf = leaf.map(|leaf| format!("leaf={leaf}"));
        let after = (after > 0).then(|| format!("after={after}"));
        let query: Vec<String> = leaf.into_iter().chain(after).collect();
        format!("{base}/tree?{}", query.join("&"))
    };
    let listed = outline(&layout).into_iter().filter_map(|line| {
        Some(match line {
            Line::Message(index) => {
                let node = nodes.get(index)?;
                Listed::Message(ListedNode {
                    id: node.id,
                    is_on_path: node.is_on_path,
                    text: node.text.clone(),
                })
            }
            Line::Open { branch, of } => Listed::Open(fl!(
                t,
                "conversation-map-branch",
                branch = branch,
                count = of
            )),
            Line::Close => Listed::Close,
        })
    });
    Map {
        listed: listed.collect(),
        count: t.number(nodes.len() as u64),
        title: t.title(&summary.title),
        width: layout.width(),
        height: layout.height(),
        is_later: after > 0,
        first: address(0),
        next: part.next.map(address),
        nodes,
        base,
    }
}

/// Who is who.
struct Names {
    t: Texts,
    known: Vec<(parlor_domain::ids::UserId, String)>,
}

impl Names {
    fn node(&self, node: &MessageNode, spot: &layout::Spot) -> Node {
        let t = self.t;
        let known = |id| {
            let mut known = self.known.iter();
            known
                .find(|(known, _)| Some(*known) == id)
                .map(|(_, name)| name.as_str())
        };
        let preview = node
            .preview
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let (initial, text) = match (node.role, known(node.author_id)) {
            (Role::Assistant, _) => (
                String::new(),
                fl!(t, "conversation-map-answer", preview = preview.as_str()),
            ),
            (Role::User, Some(name)) => (
                name.chars().take(1).flat_map(char::to_uppercase).collect(),
                fl!(
                    t,
                    "conversation-map-prompt",
                    name = name,
                    preview = preview.as_str()
                ),
            ),
            (Role::User, None) => (
                String::new(),
                fl!(
                    t,
                    "conversation-map-prompt-other",
                    preview = preview.as_str()
                ),
            ),
        };
        Node {
            id: node.id,
            is_prompt: node.role == Role::User,
            is_on_path: spot.is_on_path,
            place: spot.place,
            from: spot.from,
            initial,
            text,
        }
    }
}
