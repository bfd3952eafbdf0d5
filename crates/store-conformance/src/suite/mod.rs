//! The tests, a module for each port or for each large question that one is asked.

#![expect(missing_docs, reason = "a test's name says what it holds")]

pub mod access_reader;
pub mod answer_journal;
pub mod audit_log;
pub mod audit_outbox;
pub mod audit_retry;
pub mod concurrency;
pub mod conversation_changes;
pub mod conversation_copies;
pub mod conversation_list;
pub mod conversation_reader;
pub mod cursors;
pub mod denials;
pub mod directory;
pub mod event_order;
pub mod event_reader;
pub mod idempotency;
pub mod locking;
pub mod message_paths;
pub mod message_reader;
pub mod openings;
pub mod privileged_readings;
pub mod prompt_allowance;
pub mod repositories;
pub mod search;
pub mod search_audiences;
pub mod search_pages;
pub mod search_timing;
pub mod sessions;
pub mod signs_of_life;
pub mod store_admin;
pub mod store_positions;
pub mod tenants_reading;
pub mod tenants_writing;
pub mod unit_of_work;
pub mod visibility;
pub mod visits;

/// The one list of all tests: calls a macro with its own arguments and then `module { test test … }` for each module.
#[doc(hidden)]
#[macro_export]
macro_rules! for_each_test {
    ([$($callback:tt)*] $arguments:tt) => { $($callback)* ! { $arguments
        conversation_reader {
            a_conversation_is_found_as_it_was_stored
            what_is_not_visible_is_found_no_more_than_what_is_not_there
            a_member_is_found_together_with_a_conversation_as_each_is_found_alone
            an_unknown_conversation_is_not_found
            a_copy_tells_its_origin_only_to_those_who_see_that_one
            a_stopped_owners_conversation_keeps_its_owner
            sharing_tells_every_grant_with_the_groups_in_order
            the_longest_title_is_kept_character_by_character
            a_given_title_that_reads_like_the_placeholder_is_told_from_it
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
        access_reader {
            the_people_of_a_private_conversation_are_its_owner_and_the_privileged
            a_grant_adds_those_whom_it_concerns_and_who_may_use_the_ai
            a_stopped_owner_is_not_among_the_people
            people_are_paged_by_name_and_id
            a_conversation_that_is_not_there_has_no_people
            what_is_foreseen_says_how_many_gain_and_lose_what
            what_is_foreseen_names_the_groups_that_nobody_knows_and_the_settings
            who_is_told_is_who_the_domain_decides_on_before_and_after
            people_are_each_organizations_own
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
            korean_words_are_found_by_any_part_of_them
            neither_case_nor_diacritics_matter
            the_unicode_form_does_not_matter
            what_is_written_without_spaces_is_found_by_any_part_of_it
            everything_but_letters_and_digits_separates_words
            operators_of_a_query_language_are_only_words
            all_words_must_be_in_the_title_and_the_messages_of_one_conversation
            as_many_words_as_a_search_may_have_are_looked_for
            what_is_not_visible_is_not_found_by_any_of_its_words
            a_search_keeps_to_its_filter
            what_is_found_comes_once_and_in_the_order_of_the_list
        }
        search_pages {
            a_hit_says_which_message_has_the_first_word
            the_texts_of_hits_are_read_from_their_places_on
            a_search_without_hits_continues_on_the_next_page
            who_sees_everything_finds_a_rare_word_however_old_its_conversation_is
            who_sees_everything_finds_a_frequent_word_in_the_order_of_the_list
        }
        search_audiences {
            a_rare_word_is_found_however_old_its_conversation_is
            who_gains_or_loses_access_finds_or_finds_no_longer
            a_transferred_conversation_is_found_by_its_new_owner_alone
            what_is_renamed_continued_or_deleted_is_found_as_it_is_now
            a_long_conversation_is_found_while_its_terms_are_brought_up_to_date_in_parts
            a_filter_looks_up_its_own_audiences
            a_word_whose_first_message_becomes_an_earlier_one_is_found
            a_word_that_a_message_keeps_when_the_title_loses_it_is_found
        }
        search_timing {
            an_answer_is_found_when_it_is_finished_and_not_before
            a_failed_answer_is_found_by_what_had_come
            a_stopped_answer_is_found_by_what_was_written
            an_interrupted_answer_is_found_by_what_had_come
            what_was_inserted_finished_is_found
            a_renamed_conversation_is_found_by_its_new_title_alone
        }
        message_reader {
            a_message_is_found_with_its_author_and_its_siblings
            a_message_of_another_conversation_is_not_found
            every_status_and_cost_comes_back_as_it_was_stored
            text_comes_back_character_by_character
            a_stopped_author_keeps_its_name
            the_map_is_paged_in_the_order_in_which_messages_came
            a_preview_is_cut_between_characters
            a_conversation_without_messages_has_an_empty_path_and_map
        }
        message_paths {
            a_path_leads_from_the_first_message_to_the_leaf
            without_a_leaf_the_path_leads_to_the_newest_one
            a_path_is_paged_by_depth
            a_part_of_a_path_has_as_much_text_as_fits_but_at_least_one_message
            of_many_siblings_those_around_a_message_are_named
            a_leaf_that_is_not_there_has_no_path
            the_newest_below_a_message_is_the_leaf_that_came_last_of_those_that_follow_it
            below_a_message_of_another_conversation_there_is_nothing
            random_trees_are_read_as_the_domain_builds_them
        }
        answer_journal {
            an_answer_is_read_as_far_as_it_has_grown
            every_ending_is_kept
            a_stopped_answer_is_written_no_more
            only_what_is_being_written_is_stopped
            a_deleted_answer_is_written_no_more
            nothing_but_an_answer_that_is_being_written_is_written_to
            a_finished_answer_is_the_newest_activity_for_everybody
            activity_never_goes_back
            a_late_ending_moves_a_conversation_back_in_nobodys_list
            what_was_being_written_at_a_restart_is_interrupted_with_what_had_come
        }
        event_reader {
            a_message_that_came_and_an_answer_that_ended_are_events
            every_change_of_a_conversation_is_an_event_and_activity_is_none
            how_an_answer_grows_is_no_event
            stopped_and_interrupted_answers_have_ended
            a_message_is_told_as_it_is_now
            events_are_paged_by_their_numbers
            what_was_rolled_back_is_no_event
            a_deletion_takes_the_events_with_it
            the_answers_that_are_being_written_are_told
            a_look_answers_what_an_opening_answers_and_the_last_number
            conversations_are_found_together_whether_or_not_they_are_visible
            events_under_the_same_ids_are_each_organizations_own
        }
        event_order {
            no_event_becomes_visible_after_one_with_a_greater_number
        }
        conversation_changes {
            every_change_of_a_conversation_is_told_after_its_commit
            how_an_answer_ends_is_told
            a_list_is_told_of_every_conversation_that_is_changed
            a_change_is_told_in_one_organization
            the_directories_that_are_there_have_versions
        }
        conversation_copies {
            nobody_sees_a_copy_before_its_commit
            a_copy_in_one_part_or_of_nothing_is_whole
            others_write_while_a_copy_is_made
            a_copy_that_breaks_off_leaves_nothing
            a_copy_that_is_given_up_is_never_completed
            a_message_that_is_not_there_is_not_copied
            a_deletion_that_is_dropped_deletes_nothing
            the_same_ids_of_another_organization_are_not_removed
        }
        signs_of_life {
            a_sign_of_life_changes_nothing_that_is_read
            an_answer_is_not_abandoned_while_its_writer_may_yet_give_a_sign
            with_no_silence_at_all_every_answer_is_abandoned
            only_an_answer_whose_writer_is_silent_is_abandoned
            answers_of_all_organizations_are_found_abandoned
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
        openings {
            an_opening_answers_what_the_repositories_answer
            an_opening_tells_the_owners_name
            a_stopped_unknown_or_foreign_user_opens_nothing
            an_opened_copy_tells_its_origin_only_to_those_who_see_that_one
            an_opening_shows_what_this_unit_of_work_has_changed
            any_unit_of_work_opens_any_conversation
            a_unit_of_work_begun_on_what_is_not_there_can_create_it
        }
        repositories {
            what_was_loaded_for_update_has_all_its_grants
            every_part_of_a_conversation_is_updated
            a_deletion_takes_grants_messages_and_what_a_search_finds
            deleting_what_is_not_there_is_no_error
            settings_are_saved
            a_stopped_or_foreign_user_is_no_member_and_no_heir
            groups_that_the_organization_does_not_have_are_told
        }
        concurrency {
            no_update_of_one_conversation_is_lost
            no_message_is_lost_and_none_shares_its_position
            of_several_insertions_of_one_id_one_wins
            somebody_elses_conflict_leaves_a_unit_of_work_alone
            two_organizations_change_the_same_id_without_meeting
            a_reading_sees_everything_that_was_committed_before_it
            an_answer_is_either_finished_or_stopped
            dropped_and_failed_units_of_work_leave_room_for_the_next
            a_commit_whose_caller_goes_away_is_whole_or_nothing
            what_a_unit_of_work_has_read_stays_so_until_its_commit
        }
        locking {
            no_grants_of_one_conversation_are_lost_or_mixed
            who_waits_for_a_conversation_sees_it_whole_and_new
            who_waits_for_a_conversation_that_is_deleted_finds_it_gone
            settings_that_were_opened_stay_so_until_the_commit
        }
        idempotency {
            a_key_is_found_with_everything_that_was_kept
            a_key_is_found_by_the_user_who_chose_it_alone_and_character_by_character
            a_key_is_found_while_it_is_not_too_old
            a_key_takes_the_place_of_an_older_one
            a_key_of_a_unit_of_work_that_was_dropped_is_free
            of_several_at_once_with_the_same_key_one_keeps_it
            a_conversation_with_a_kept_key_can_be_deleted
            old_keys_are_forgotten_and_counted
        }
        sessions {
            a_session_is_its_user_with_everything_that_a_request_needs
            a_session_is_good_until_the_moment_of_its_end
            a_stopped_users_session_is_nobodys
            a_session_that_a_stopped_user_begins_has_ended
            signing_out_ends_all_sessions_of_one_user_and_counts_them
            a_session_of_a_unit_of_work_that_was_dropped_never_was
            a_secret_that_is_there_already_conflicts
            an_unknown_user_has_no_session
            sessions_under_the_same_secret_are_each_organizations_own
            sessions_that_have_ended_are_forgotten_and_counted
        }
        directory {
            a_member_is_found_with_everything_that_a_request_needs
            a_stopped_unknown_or_foreign_user_is_no_member
            roles_add_up_and_one_name_is_one_role
            groups_are_paged_by_name_and_id
            groups_are_searched_by_any_part_of_their_name_whatever_the_case
            a_members_groups_are_ordered_by_name_and_id
            settings_are_those_of_the_organization
        }
        audit_log {
            a_recorded_entry_is_listed_word_for_word
            a_committed_entry_is_listed_word_for_word
            an_entry_is_recorded_once
            an_entry_is_found_by_its_id_in_its_own_organization
            what_was_taken_last_is_listed_first_whatever_the_ids_and_clocks_say
            a_conversations_entries_are_listed_in_the_order_of_its_commits
            each_condition_of_a_query_holds_alone_and_together
            the_log_is_paged_from_the_newest_to_the_oldest
            every_action_is_found_by_its_name
            an_entry_outlives_its_conversation
        }
        privileged_readings {
            openings_exports_and_forks_by_privilege_are_told_under_todays_names
            what_is_no_reading_by_privilege_is_not_told
            readings_are_paged_from_the_newest_to_the_oldest
        }
        visits {
            openings_of_one_visit_are_one_line_with_its_first_and_last_time
            a_visit_goes_on_until_fifteen_minutes_pass_without_an_opening
            each_person_has_visits_of_their_own_to_each_conversation
            exports_and_forks_have_a_line_each_and_leave_visits_as_they_are
            no_page_splits_or_repeats_a_visit_that_goes_on
            openings_at_the_same_moment_are_one_visit_a_person
            openings_that_a_unit_of_work_commits_are_visits_too
            the_last_time_of_a_visit_is_never_before_the_first
            what_is_no_reading_by_privilege_continues_no_visit
            readings_in_any_order_make_the_visits_that_the_domain_says
        }
        denials {
            the_first_denial_is_in_the_log_at_once_and_its_repeats_when_the_minute_ends
            a_denial_that_is_not_repeated_has_one_entry
            a_denial_after_the_minute_ends_the_count_before_it
            each_person_id_and_organization_is_counted_alone
            denials_at_the_same_moment_are_one_entry_and_one_count
            a_flood_of_ids_ends_a_part_at_a_time
            an_entry_with_a_count_is_delivered_as_any_other
            an_entry_whose_id_is_taken_is_no_denial
            a_denial_that_is_stored_again_is_not_counted_and_blocks_no_other_count
            denials_that_are_stored_again_among_others_are_counted_once
            denials_in_any_order_make_the_entries_that_the_domain_says
        }
        audit_outbox {
            entries_wait_word_for_word_until_they_are_marked
            the_order_is_that_of_the_commits_and_not_of_the_ids
            a_conversations_entries_keep_their_order_under_concurrency
            what_was_rolled_back_is_never_delivered
            the_backlog_tells_how_many_and_since_when
            every_entry_is_told_once_delivered_or_not
            what_is_set_aside_lets_the_others_go_on_in_their_order
            the_last_entry_that_was_delivered_before_another_one_is_found
            what_is_set_aside_stays_in_the_log
            setting_aside_twice_or_what_is_not_there_is_no_error
            what_was_released_is_answered_again
        }
        audit_retry {
            what_was_set_aside_is_retried_in_its_old_places
            retrying_a_few_at_a_time_meets_each_entry_once
            what_was_delivered_or_never_set_aside_is_not_retried
            a_retried_entry_can_be_set_aside_again
        }
        prompt_allowance {
            an_allowance_is_taken_at_once_and_no_more
            asking_in_vain_takes_nothing
            what_was_taken_comes_back_evenly
            users_and_organizations_have_an_allowance_each
            requests_at_the_same_time_do_not_take_one_twice
        }
        store_positions {
            what_was_answered_is_read_from_the_position_after_it
            a_store_has_positions_always_or_never
        }
        store_admin {
            migrating_again_and_at_the_same_time_changes_nothing
            a_migrated_store_is_ready_and_empty
            filling_writes_the_directory_the_mode_and_the_entries
            a_store_is_filled_once
            of_several_fillings_at_once_one_fills
            a_filling_whose_entries_cannot_be_stored_leaves_the_store_empty
            a_closed_store_accepts_nothing
        }
        tenants_reading {
            conversations_under_the_same_ids_are_each_organizations_own
            a_search_finds_nothing_of_the_other_organization
            messages_under_the_same_ids_are_each_organizations_own
            what_only_the_other_organization_has_is_not_there
            a_copy_tells_no_origin_that_only_the_other_organization_has
            a_unit_of_work_loads_only_its_organizations_rows
            a_unit_of_work_opens_only_its_organizations_rows
            people_and_groups_of_the_other_organization_are_unknown
            the_log_tells_only_of_its_organization
        }
        tenants_writing {
            a_change_is_made_in_one_organization
            a_deletion_is_made_in_one_organization
            an_id_that_only_the_other_organization_has_is_free
            messages_are_added_in_one_organization
            messages_cannot_be_added_to_what_only_the_other_organization_has
            an_answer_is_stopped_in_one_organization
            an_answer_grows_and_ends_in_one_organization
            settings_are_saved_in_one_organization
            a_key_is_kept_in_one_organization
            an_entry_is_stored_and_delivered_in_one_organization
            an_entry_is_set_aside_in_one_organization
            a_unit_of_work_writes_no_row_of_another_organization
        }
    } };
}

#[cfg(test)]
mod tests;
