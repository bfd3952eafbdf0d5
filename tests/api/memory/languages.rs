//! Code in every language that there is, shown in pages.

mod long {
    use futures::{StreamExt as _, stream};

    use super::super::process::{forget_peak_memory, memory, peak_memory, settled_memory};
    use crate::{api::revocation::sign_in, harness::Service};

    /// Each is highlighted anew.
    const CONVERSATIONS: usize = 6;

    /// More pages of a user wait.
    const PAGES_AT_ONCE: usize = 2;

    const LANGUAGES: &str = "asp as applescript bat bib c c# c++ clojure css d diff dot erlang go groovy haskell haml html yaws \
        adp rhtml java javadoc properties jsp json js js.erb latex lhs lisp lua makefile markdown matlab multimarkdown build \
        objective-c objective-c++ ocaml ocamllex ocamlyacc camlp4 pascal perl php python r rd rst ruby rxml rust re scala bash \
        sql erbsql tcl tex textile xml yaml powershell toml kotlin swift dockerfile hcl terraform";

    /// Something of every kind of language.
    const CODE: &str = "<?php $a = strlen(\"b\") + 0x1F; // c\n\
        <html><body class=\"a\"><style>a { color: red; }</style><script>let a = /b/g;</script>\n\
        # comment\n-- comment\n% comment\n/* comment */\n(* comment *)\n{- comment -}\n; comment\n\
        public static class Beacon<T> extends Light implements Sea { private int lit = 1; }\n\
        def light(a, b = 1): return [x for x in a if x > b]\n\
        fn light(a: &str) -> Option<u8> { match a { \"b\" => Some(1), _ => None } }\n\
        (defun light (a b) (if (= a b) (print \"c\") nil))\n\
        SELECT a, count(*) FROM b WHERE c = 1.5e3 GROUP BY d;\n\
        if [ -f \"$a\" ]; then echo \"${b}\"; done | grep -v c > /dev/null\n\
        key: [value, 1, true, null]\n[section]\nname = \"value\"\n\
        \\begin{minted}{php}\n$a = strlen(1);\n\\end{minted}\n\
        #include <a.h>\nint main(void) { printf(\"%d\", a->b); return 0; }\n\
        let rec light a = function | [] -> 1 | b :: c -> light c;;\n\
        @interface Beacon : NSObject\n@property int lit;\n@end\n";

    #[tokio::test]
    async fn code_in_every_language_takes_no_more_memory_than_its_grammars_may() {
        let blocks = LANGUAGES
            .split_whitespace()
            .map(|language| format!("```{language}\n{CODE}```\n\n"))
            .collect::<Vec<_>>()
            .concat();
        let service = Service::builder().start().await;
        let instance = service.instance(0);
        let alice = instance.acting_as("alice");
        let mut conversations = Vec::new();
        for _ in 0..CONVERSATIONS {
            let conversation = alice.create("Beacons").await;
            let path = format!("/conversations/{conversation}/messages");
            let prompt = serde_json::json!({ "content": blocks });
            let answer = alice.post(&path, prompt).await;
            assert!(answer.status.is_success(), "{answer:?}");
            conversations.push(conversation);
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let cookie = sign_in(&http, service.base(), "alice").await;
        let page = |conversation: &str| {
            let address = format!("{}/conversations/{conversation}", service.base());
            let request = http.get(address).header("cookie", &cookie);
            async move {
                let answer = request.send().await.unwrap();
                assert_eq!(answer.status(), 200);
                answer.text().await.unwrap()
            }
        };
        let at_start = memory(instance);
        forget_peak_memory(instance);
        let mut highlighted = 0;
        // A page highlights for 150 ms, and the next one goes on.
        for _ in 0..60 {
            let pages = stream::iter(&conversations).map(|it| page(it));
            let pages: Vec<String> = pages.buffer_unordered(PAGES_AT_ONCE).collect().await;
            highlighted = pages
                .iter()
                .flat_map(|page| page.split("data-copy").skip(1))
                .filter(|block| block.contains("class=\"hl-"))
                .count();
        }
        let most = peak_memory(instance);
        let after = settled_memory(instance).await;
        println!(
            "code in {} languages, {highlighted} blocks in colors: {most:.0} MiB at most, {after:.0} MiB after, \
             {at_start:.0} MiB at the start",
            LANGUAGES.split_whitespace().count(),
        );
        assert!(highlighted > 60 * CONVERSATIONS, "{highlighted}");
        assert!(most - at_start < 180.0, "{most} MiB, {at_start} MiB before");
    }
}
