//! The tests, a module for each port or for each large question that one is asked.

#![expect(missing_docs, reason = "a test's name says what it holds")]

pub mod conversation_list;
pub mod conversation_reader;
pub mod cursors;
pub mod repositories;
pub mod search;
pub mod unit_of_work;
pub mod visibility;

/// The one list of all tests: calls a macro with its own arguments and then `module { test test … }` for each module.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_test {
    ([$($callback:tt)*] $arguments:tt) => { $($callback)* ! { $arguments
        conversation_reader {
            a_conversation_is_found_as_it_was_stored
            a_conversation_is_found_whether_or_not_it_is_visible
            an_unknown_conversation_is_not_found
            a_copy_tells_its_origin_only_to_those_who_see_that_one
            a_stopped_owners_conversation_keeps_its_owner
            sharing_tells_every_grant_with_the_groups_in_order
            the_longest_title_is_kept_character_by_character
        }
        conversation_list {
            somebody_elses_private_conversation_is_not_listed
            a_private_conversation_is_listed_for_its_owner_and_for_those_with_privilege
            a_grant_lists_a_conversation_for_those_whom_it_concerns_and_may_use_the_ai
            each_filter_lists_its_own_part_of_what_is_visible
            what_is_newest_is_listed_first_and_ties_by_the_greater_id
            pages_follow_each_other_without_a_gap
            a_revoked_grant_ends_the_listing_at_once
            a_transfer_moves_a_conversation_from_one_owners_list_to_the_others
        }
        visibility {
            whoever_lists_searches_or_finds_meets_what_the_domain_decides
        }
        cursors {
            pages_of_everything_hold_while_other_rows_change
            pages_of_ones_own_hold_while_other_rows_change
            pages_of_what_is_shared_hold_while_other_rows_change
            pages_of_what_privilege_shows_hold_while_other_rows_change
            pages_of_everything_by_privilege_hold_while_other_rows_change
            pages_of_a_search_hold_while_other_rows_change
            a_cursor_outlives_the_conversation_that_it_stands_at
            a_cursor_after_the_last_one_lists_nothing
        }
        search {
            a_word_is_found_by_its_beginning
            korean_words_are_found_by_their_beginning
            case_does_not_matter_and_marks_do
            everything_but_letters_and_digits_separates_words
            operators_of_a_query_language_are_only_words
            all_words_must_be_in_one_title_or_in_one_message
            as_many_words_as_a_search_may_have_are_looked_for
            an_answer_is_found_when_it_is_finished_and_not_before
            a_failed_answer_is_found_by_what_had_come
            a_stopped_answer_is_found_by_what_was_written
            an_interrupted_answer_is_found_by_what_had_come
            what_was_inserted_finished_is_found
            a_renamed_conversation_is_found_by_its_new_title_alone
            what_is_not_visible_is_not_found_by_any_of_its_words
            a_search_keeps_to_its_filter
            what_is_found_comes_once_and_in_the_order_of_the_list
        }
        unit_of_work {
            a_commit_makes_change_and_entry_visible_together
            a_unit_of_work_that_is_dropped_leaves_nothing
            an_entry_that_cannot_be_stored_takes_the_change_with_it
            a_second_entry_that_cannot_be_stored_takes_the_first_with_it
            inserting_a_conversation_that_is_there_conflicts_and_changes_nothing
            after_a_conflicting_insertion_the_same_unit_of_work_goes_on
            a_unit_of_work_sees_its_own_changes
            nothing_is_visible_before_the_commit
        }
        repositories {
            what_was_loaded_for_update_has_all_its_grants
            every_part_of_a_conversation_is_updated
            a_deletion_takes_grants_messages_and_what_a_search_finds
            deleting_what_is_not_there_is_no_error
            settings_are_saved
            a_stopped_or_foreign_user_is_no_principal_and_no_heir
            groups_that_the_organization_does_not_have_are_told
        }
    } };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    macro_rules! list_of_tests {
        ([] $($module:ident { $($test:ident)* })*) => {
            [$((stringify!($module), include_str!(concat!(stringify!($module), ".rs")), vec![$(stringify!($test)),*])),*]
        };
    }

    /// Each module with its source and the names of its tests in the list.
    fn listed() -> Vec<(&'static str, &'static str, Vec<&'static str>)> {
        crate::for_each_test! { [list_of_tests] [] }.into()
    }

    #[test]
    fn every_test_is_in_the_list_once() {
        for (module, source, listed) in listed() {
            let written: Vec<&str> = source
                .lines()
                .filter_map(|line| line.strip_prefix("pub async fn "))
                .filter_map(|line| line.split('(').next())
                .collect();
            let distinct: BTreeSet<&str> = listed.iter().copied().collect();
            assert_eq!(distinct.len(), listed.len(), "{module} lists a test twice");
            assert_eq!(
                written.iter().copied().collect::<BTreeSet<_>>(),
                distinct,
                "{module}"
            );
        }
    }

    #[test]
    fn every_module_is_in_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/suite");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| {
                file.unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned()
            })
            .filter(|name| name != "mod")
            .collect();
        assert_eq!(
            files,
            listed()
                .into_iter()
                .map(|(module, ..)| module.to_owned())
                .collect()
        );
    }
}
