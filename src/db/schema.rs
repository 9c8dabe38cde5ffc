//! The tables, as both migration trees make them (tests/it/backends.rs holds them equal). Tallies are
//! not here: their cells are read and written as a row of numbers, see evidence/tallies.rs.

diesel::table! {
    setting (name) {
        name -> Text,
        value -> Text,
        row_version -> Integer,
    }
}

diesel::table! {
    team (id) {
        id -> BigInt,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        sort_key -> Text,
        row_version -> Integer,
    }
}

diesel::table! {
    team_link (id) {
        id -> BigInt,
        team_id -> BigInt,
        parent_id -> Nullable<BigInt>,
        valid_from -> Date,
        valid_to -> Date,
    }
}

diesel::table! {
    job_role (id) {
        id -> BigInt,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        row_version -> Integer,
    }
}

diesel::table! {
    staff (id) {
        id -> BigInt,
        employee_no -> Text,
        name -> Text,
        name_en -> Text,
        sort_key -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        hired_on -> Nullable<Date>,
        left_on -> Nullable<Date>,
        row_version -> Integer,
    }
}

diesel::table! {
    posting (id) {
        id -> BigInt,
        staff_id -> BigInt,
        team_id -> Nullable<BigInt>,
        job_role_id -> BigInt,
        manager_id -> Nullable<BigInt>,
        valid_from -> Date,
        valid_to -> Date,
    }
}

diesel::table! {
    source (id) {
        id -> BigInt,
        code -> Text,
    }
}

diesel::table! {
    import_run (id) {
        id -> BigInt,
        kind -> Text,
        source_id -> Nullable<BigInt>,
        file_name -> Text,
        file_sha256 -> Text,
        mapping -> Text,
        rows_read -> BigInt,
        rows_new -> BigInt,
        rows_changed -> BigInt,
        rows_deleted -> BigInt,
        rows_bad -> BigInt,
        started_at -> Timestamp,
    }
}

diesel::table! {
    audit_event (id) {
        id -> BigInt,
        happened_at -> Timestamp,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail_json -> Text,
        prev_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    category (id) {
        id -> BigInt,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
    }
}

diesel::table! {
    service_record (id) {
        id -> BigInt,
        source_id -> BigInt,
        external_id -> Text,
        import_id -> BigInt,
        file_line -> Integer,
        row_hash -> BigInt,
        staff_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        bot -> Bool,
        day -> Integer,
        channel -> Integer,
        category_id -> Nullable<BigInt>,
        service_class -> Nullable<Integer>,
        stage -> Nullable<Integer>,
        opened_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
        fcr -> Nullable<Bool>,
        sla -> Nullable<Bool>,
        reopened -> Nullable<Bool>,
        transferred -> Nullable<Bool>,
        escalated -> Nullable<Bool>,
        resolved -> Nullable<Bool>,
        csat -> Nullable<Integer>,
        nps -> Nullable<Integer>,
        ces -> Nullable<Integer>,
        handle_s -> Nullable<Integer>,
        first_reply_s -> Nullable<Integer>,
        resolve_min -> Nullable<Integer>,
    }
}

diesel::table! {
    survey_answer (id) {
        id -> BigInt,
        source_id -> BigInt,
        external_id -> Text,
        import_id -> BigInt,
        file_line -> Integer,
        row_hash -> BigInt,
        record_id -> Nullable<BigInt>,
        own_staff -> Bool,
        staff_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        bot -> Bool,
        day -> Integer,
        channel -> Integer,
        answered_at -> Timestamp,
        csat -> Nullable<Integer>,
        nps -> Nullable<Integer>,
        ces -> Nullable<Integer>,
        quality -> Nullable<Integer>,
        speed -> Nullable<Integer>,
        expertise -> Nullable<Integer>,
        attitude -> Nullable<Integer>,
        experience -> Nullable<Integer>,
        outcome -> Nullable<Integer>,
        innovation -> Nullable<Integer>,
        remark -> Nullable<Text>,
    }
}

diesel::table! {
    complaint (id) {
        id -> BigInt,
        source_id -> BigInt,
        external_id -> Text,
        import_id -> BigInt,
        file_line -> Integer,
        row_hash -> BigInt,
        record_id -> Nullable<BigInt>,
        own_staff -> Bool,
        staff_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        bot -> Bool,
        day -> Integer,
        channel -> Integer,
        category_id -> Nullable<BigInt>,
        received_at -> Timestamp,
        classified_at -> Nullable<Timestamp>,
        assigned_at -> Nullable<Timestamp>,
        investigated_at -> Nullable<Timestamp>,
        handled_at -> Nullable<Timestamp>,
        replied_at -> Nullable<Timestamp>,
        followed_up_at -> Nullable<Timestamp>,
        substantiated -> Nullable<Bool>,
    }
}

diesel::table! {
    quality_review (id) {
        id -> BigInt,
        source_id -> BigInt,
        external_id -> Text,
        import_id -> BigInt,
        file_line -> Integer,
        row_hash -> BigInt,
        staff_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        day -> Integer,
        channel -> Integer,
        points_h -> Integer,
        applicable_h -> Integer,
        auto_fail -> Bool,
        score_h -> Integer,
    }
}

diesel::table! {
    record_change (id) {
        id -> BigInt,
        kind -> Text,
        source_id -> BigInt,
        external_id -> Text,
        import_id -> BigInt,
        deleted -> Bool,
        before_json -> Text,
    }
}

diesel::table! {
    kpi (id) {
        id -> BigInt,
        code -> Text,
        version_no -> Integer,
        body_json -> Text,
        retired_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    snapshot (id) {
        id -> BigInt,
        kind -> Text,
        subject -> Text,
        version_no -> Integer,
        previous_id -> Nullable<BigInt>,
        schema_no -> Integer,
        sha256 -> Text,
        reason -> Text,
        made_by -> Text,
        made_at -> Timestamp,
        body_json -> Text,
    }
}

diesel::table! {
    cycle (id) {
        id -> BigInt,
        code -> Text,
        quarter -> Integer,
        starts_on -> Date,
        ends_on -> Date,
        state -> Text,
        rules_json -> Text,
        row_version -> Integer,
    }
}

diesel::table! {
    cycle_stage (cycle_id, state) {
        cycle_id -> BigInt,
        state -> Text,
        entered_at -> Timestamp,
        entered_by -> Text,
        reason -> Text,
        forced -> Bool,
    }
}

diesel::table! {
    goal_sheet (id) {
        id -> BigInt,
        cycle_id -> BigInt,
        staff_id -> BigInt,
        row_version -> Integer,
    }
}

diesel::table! {
    goal_sheet_version (id) {
        id -> BigInt,
        sheet_id -> BigInt,
        version_no -> Integer,
        valid_from -> Date,
        valid_to -> Date,
        team_id -> Nullable<BigInt>,
        job_role_id -> BigInt,
        manager_id -> Nullable<BigInt>,
        reason -> Text,
        employee_agreed_at -> Nullable<Timestamp>,
        manager_agreed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    goal_item (version_id, position) {
        version_id -> BigInt,
        position -> Integer,
        kpi_id -> BigInt,
        of_team -> Bool,
        weight_bp -> Integer,
        aim_json -> Text,
        baseline_json -> Nullable<Text>,
        team_goal_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    team_goal (id) {
        id -> BigInt,
        cycle_id -> BigInt,
        team_id -> BigInt,
        position -> Integer,
        name -> Text,
        kpi_code -> Nullable<Text>,
        aim_json -> Nullable<Text>,
        row_version -> Integer,
    }
}

diesel::table! {
    qualitative_goal (version_id, position) {
        version_id -> BigInt,
        position -> Integer,
        name -> Text,
        why -> Text,
        key_results_json -> Text,
        team_goal_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    goal_proposal (id) {
        id -> BigInt,
        sheet_id -> BigInt,
        valid_from -> Date,
        by_side -> Text,
        proposed_by -> Text,
        proposer_id -> Nullable<BigInt>,
        body_json -> Text,
        reason -> Text,
        state -> Text,
        answer -> Text,
        created_at -> Timestamp,
        decided_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    note (id) {
        id -> BigInt,
        staff_id -> BigInt,
        kind -> Text,
        day -> Date,
        cycle_id -> Nullable<BigInt>,
        progress_json -> Text,
        body -> Text,
        evidence -> Text,
        author_id -> Nullable<BigInt>,
        written_by -> Text,
        shared -> Bool,
        created_at -> Timestamp,
        row_version -> Integer,
    }
}

diesel::table! {
    manual_value (id) {
        id -> BigInt,
        kpi_code -> Text,
        quarter -> Integer,
        staff_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        figure_json -> Text,
        note -> Text,
        entered_by -> Text,
        entered_at -> Timestamp,
        row_version -> Integer,
    }
}

diesel::table! {
    evaluation (id) {
        id -> BigInt,
        cycle_id -> BigInt,
        staff_id -> BigInt,
        manager_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        excused_reason -> Nullable<Text>,
        included_reason -> Nullable<Text>,
        released_at -> Nullable<Timestamp>,
        total_h -> Nullable<BigInt>,
        grade -> Nullable<Text>,
        row_version -> Integer,
        self_text -> Nullable<Text>,
        self_submitted_at -> Nullable<Timestamp>,
        panel_id -> Nullable<BigInt>,
        peer_panel_id -> Nullable<BigInt>,
        peers_confirmed_at -> Nullable<Timestamp>,
        peers_closed_at -> Nullable<Timestamp>,
        submitted_at -> Nullable<Timestamp>,
        returned_reason -> Nullable<Text>,
        kpi_h -> Nullable<BigInt>,
        kpi_se_h -> Nullable<BigInt>,
        competency_h -> Nullable<BigInt>,
        below_target -> Nullable<Bool>,
    }
}

diesel::table! {
    account (id) {
        id -> BigInt,
        login -> Text,
        email -> Nullable<Text>,
        password_hash -> Text,
        staff_id -> Nullable<BigInt>,
        locale -> Nullable<Text>,
        must_change -> Bool,
        created_at -> Timestamp,
        disabled_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    account_role (id) {
        id -> BigInt,
        account_id -> BigInt,
        role -> Text,
        team_id -> Nullable<BigInt>,
        granted_by -> Text,
        granted_at -> Timestamp,
    }
}

diesel::table! {
    session (id) {
        id -> BigInt,
        account_id -> BigInt,
        token_hash -> Text,
        agent -> Text,
        created_at -> Timestamp,
        seen_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    signing_key (id) {
        id -> BigInt,
        secret -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    throttle (scope, key_hash) {
        scope -> Text,
        key_hash -> Text,
        window_start -> Timestamp,
        failures -> Integer,
    }
}

diesel::table! {
    form_once (account_id, nonce) {
        account_id -> BigInt,
        nonce -> Text,
        location -> Text,
        done_at -> Timestamp,
    }
}

diesel::table! {
    reporting_line (manager_id, staff_id, valid_from) {
        manager_id -> BigInt,
        staff_id -> BigInt,
        depth -> Integer,
        valid_from -> Date,
        valid_to -> Date,
    }
}

diesel::table! {
    skill (id) {
        id -> BigInt,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        critical -> Bool,
        row_version -> Integer,
    }
}

diesel::table! {
    staff_skill (id) {
        id -> BigInt,
        staff_id -> BigInt,
        skill_id -> BigInt,
        level -> Integer,
        valid_from -> Date,
        valid_to -> Date,
        evidence -> Text,
    }
}

diesel::table! {
    stored_file (id) {
        id -> BigInt,
        kind -> Text,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        sha256 -> Text,
        account_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    stored_chunk (file_id, position) {
        file_id -> BigInt,
        position -> Integer,
        bytes -> Binary,
    }
}

diesel::table! {
    saved_mapping (id) {
        id -> BigInt,
        kind -> Text,
        name -> Text,
        body -> Text,
        row_version -> Integer,
    }
}

diesel::table! {
    pending_import (id) {
        id -> BigInt,
        account_id -> BigInt,
        kind -> Text,
        file_id -> BigInt,
        mapping_json -> Text,
        options_json -> Text,
        state -> Text,
        outcome_json -> Nullable<Text>,
        bad_rows_id -> Nullable<BigInt>,
        import_id -> Nullable<BigInt>,
        created_at -> Timestamp,
        row_version -> Integer,
    }
}

diesel::table! {
    job (id) {
        id -> BigInt,
        kind -> Text,
        key -> Text,
        args_json -> Text,
        state -> Text,
        progress -> BigInt,
        total -> BigInt,
        run_at -> Timestamp,
        tries -> Integer,
        lease_until -> Nullable<Timestamp>,
        outcome_json -> Nullable<Text>,
        account_id -> Nullable<BigInt>,
        created_at -> Timestamp,
    }
}

diesel::table! {
    message (id) {
        id -> BigInt,
        account_id -> BigInt,
        kind -> Text,
        args_json -> Text,
        link -> Text,
        created_at -> Timestamp,
        read_at -> Nullable<Timestamp>,
        mail_due -> Nullable<Timestamp>,
        mail_tries -> Integer,
    }
}

diesel::table! {
    feed (account_id) {
        account_id -> BigInt,
        token_hash -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    finding (id) {
        id -> BigInt,
        kind -> Text,
        measure -> Text,
        staff_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        day -> Integer,
        details_json -> Text,
        state -> Text,
        importance -> Integer,
        urgency -> Integer,
        dedupe_key -> Text,
        found_at -> Timestamp,
        row_version -> Integer,
        title -> Nullable<Text>,
        body -> Nullable<Text>,
        plan_id -> Nullable<BigInt>,
        evaluation_id -> Nullable<BigInt>,
        kpi_id -> Nullable<BigInt>,
        owner_id -> Nullable<BigInt>,
        complaint_id -> Nullable<BigInt>,
        quality_review_id -> Nullable<BigInt>,
        likelihood -> Nullable<Integer>,
        response -> Nullable<Text>,
    }
}

diesel::table! {
    plan (id) {
        id -> BigInt,
        code -> Text,
        scope -> Text,
        staff_id -> Nullable<BigInt>,
        team_id -> Nullable<BigInt>,
        owner_id -> BigInt,
        sponsor_id -> Nullable<BigInt>,
        state -> Text,
        title -> Text,
        kpi_id -> Nullable<BigInt>,
        problem -> Text,
        causes_json -> Text,
        baseline_json -> Nullable<Text>,
        comparison_team_id -> Nullable<BigInt>,
        min_effect_u -> Nullable<BigInt>,
        target_u -> Nullable<BigInt>,
        starts_on -> Nullable<Date>,
        check_from -> Nullable<Date>,
        ends_on -> Nullable<Date>,
        review_days -> Integer,
        standard_json -> Nullable<Text>,
        asked_at -> Nullable<Timestamp>,
        paused_at -> Nullable<Timestamp>,
        reviewed_on -> Nullable<Date>,
        verdict -> Nullable<Text>,
        previous_id -> Nullable<BigInt>,
        row_version -> Integer,
    }
}

diesel::table! {
    plan_action (id) {
        id -> BigInt,
        plan_id -> BigInt,
        position -> Integer,
        kind -> Text,
        body -> Text,
        owner_id -> BigInt,
        due_on -> Date,
        state -> Text,
        done_at -> Nullable<Timestamp>,
        outcome -> Text,
    }
}

diesel::table! {
    plan_event (id) {
        id -> BigInt,
        plan_id -> BigInt,
        kind -> Text,
        happened_at -> Timestamp,
        by_login -> Text,
        body_json -> Text,
        asks_ack -> Bool,
        acknowledged_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    cycle_template (id) {
        id -> BigInt,
        code -> Text,
        body -> Text,
        changed_at -> Timestamp,
        row_version -> Integer,
    }
}

diesel::table! {
    cycle_deadline (cycle_id, state) {
        cycle_id -> BigInt,
        state -> Text,
        due_on -> Date,
    }
}

diesel::table! {
    scorecard (id) {
        id -> BigInt,
        code -> Text,
        purpose -> Text,
        name_zh -> Text,
        name_en -> Text,
        retired_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    scorecard_version (id) {
        id -> BigInt,
        scorecard_id -> BigInt,
        version_no -> Integer,
        state -> Text,
        method -> Text,
        pass_h -> Nullable<BigInt>,
        published_by -> Nullable<Text>,
        published_at -> Nullable<Timestamp>,
        sha256 -> Nullable<Text>,
        row_version -> Integer,
    }
}

diesel::table! {
    criterion (id) {
        id -> BigInt,
        version_id -> BigInt,
        position -> Integer,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        weight_bp -> BigInt,
        critical -> Bool,
        na_allowed -> Bool,
        max_deduction_h -> Nullable<BigInt>,
        note_below_h -> Nullable<BigInt>,
        note_above_h -> Nullable<BigInt>,
    }
}

diesel::table! {
    criterion_level (criterion_id, points_h) {
        criterion_id -> BigInt,
        points_h -> BigInt,
        anchor_zh -> Text,
        anchor_en -> Text,
    }
}

diesel::table! {
    panel (id) {
        id -> BigInt,
        version_id -> BigInt,
        blind -> Bool,
        anonymous -> Bool,
        min_shown -> Integer,
        discussion_note -> Nullable<Text>,
        closed_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    sheet (id) {
        id -> BigInt,
        panel_id -> BigInt,
        rater_id -> Nullable<BigInt>,
        rater_key -> Nullable<Text>,
        role -> Text,
        state -> Text,
        revision_no -> Integer,
        total_h -> Nullable<BigInt>,
        critical_failed -> Bool,
        submitted_at -> Nullable<Timestamp>,
        summary -> Text,
        row_version -> Integer,
    }
}

diesel::table! {
    rating (sheet_id, criterion_id) {
        sheet_id -> BigInt,
        criterion_id -> BigInt,
        points_h -> Nullable<BigInt>,
        not_applicable -> Bool,
        note -> Text,
        evidence -> Text,
    }
}

diesel::table! {
    sheet_amendment (id) {
        id -> BigInt,
        sheet_id -> BigInt,
        revision_no -> Integer,
        reason -> Text,
        amended_by -> Text,
        amended_at -> Timestamp,
        before_json -> Text,
        before_sha256 -> Text,
    }
}

diesel::table! {
    draft (account_id, form, subject) {
        account_id -> BigInt,
        form -> Text,
        subject -> Text,
        body_json -> Text,
        saved_at -> Timestamp,
    }
}

diesel::table! {
    calibration (id) {
        id -> BigInt,
        cycle_id -> BigInt,
        name -> Text,
        held_on -> Nullable<Date>,
        closed_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    calibration_member (calibration_id, staff_id) {
        calibration_id -> BigInt,
        staff_id -> BigInt,
    }
}

diesel::table! {
    calibration_team (calibration_id, team_id) {
        calibration_id -> BigInt,
        team_id -> BigInt,
    }
}

diesel::table! {
    calibration_conflict (calibration_id, account_id, staff_id) {
        calibration_id -> BigInt,
        account_id -> BigInt,
        staff_id -> BigInt,
        reason -> Text,
        declared_at -> Timestamp,
    }
}

diesel::table! {
    calibration_change (id) {
        id -> BigInt,
        calibration_id -> BigInt,
        evaluation_id -> BigInt,
        before_h -> BigInt,
        after_h -> BigInt,
        before_grade -> Text,
        after_grade -> Text,
        reason -> Text,
        changed_by -> Text,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    feedback (evaluation_id) {
        evaluation_id -> BigInt,
        suggestions -> Text,
        support -> Text,
        talk_on -> Nullable<Date>,
        talk_note -> Text,
        acknowledged_at -> Nullable<Timestamp>,
        statement -> Text,
        row_version -> Integer,
    }
}

diesel::table! {
    appeal (id) {
        id -> BigInt,
        evaluation_id -> BigInt,
        filed_at -> Timestamp,
        grounds -> Text,
        due_on -> Date,
        reviewer_id -> Nullable<BigInt>,
        employee_heard -> Text,
        manager_heard -> Text,
        decision -> Nullable<Text>,
        decision_reason -> Text,
        decided_at -> Nullable<Timestamp>,
        before_h -> Nullable<BigInt>,
        after_h -> Nullable<BigInt>,
        row_version -> Integer,
    }
}

diesel::table! {
    reward_rule (id) {
        id -> BigInt,
        code -> Text,
        name_zh -> Text,
        name_en -> Text,
        text_zh -> Text,
        text_en -> Text,
        grade -> Text,
        in_a_row -> Integer,
        published_at -> Nullable<Timestamp>,
        retired_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    reward (id) {
        id -> BigInt,
        rule_id -> BigInt,
        cycle_id -> BigInt,
        staff_id -> BigInt,
        evidence_json -> Text,
        state -> Text,
        reason -> Text,
        proposed_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    staff_group (staff_id, attribute) {
        staff_id -> BigInt,
        attribute -> Text,
        value -> Text,
        stated_at -> Timestamp,
    }
}

diesel::table! {
    opening (id) {
        id -> BigInt,
        code -> Text,
        team_id -> BigInt,
        job_role_id -> BigInt,
        owner_id -> Nullable<BigInt>,
        head_count -> Integer,
        state -> Text,
        title_zh -> Text,
        title_en -> Text,
        body_zh -> Text,
        body_en -> Text,
        reason -> Text,
        opens_on -> Nullable<Date>,
        closes_on -> Nullable<Date>,
        pass_rule_json -> Text,
        knock_outs_json -> Text,
        requested_by -> Text,
        requested_at -> Timestamp,
        approved_by -> Nullable<Text>,
        approved_at -> Nullable<Timestamp>,
        published_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        row_version -> Integer,
        closed_because -> Nullable<Text>,
    }
}

diesel::table! {
    opening_stage (id) {
        id -> BigInt,
        opening_id -> BigInt,
        position -> Integer,
        kind -> Text,
        name_zh -> Text,
        name_en -> Text,
        version_id -> Nullable<BigInt>,
        blind -> Bool,
        raters -> Integer,
        kit_json -> Text,
    }
}

diesel::table! {
    candidate (id) {
        id -> BigInt,
        code -> Text,
        name -> Text,
        name_en -> Text,
        sort_key -> Text,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        phone -> Nullable<Text>,
        phone_key -> Nullable<Text>,
        locale -> Text,
        profile_json -> Text,
        staff_id -> Nullable<BigInt>,
        merged_into_id -> Nullable<BigInt>,
        pool_until -> Nullable<Date>,
        created_at -> Timestamp,
        erased_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    application (id) {
        id -> BigInt,
        code -> Text,
        opening_id -> BigInt,
        candidate_id -> BigInt,
        stage_id -> BigInt,
        state -> Text,
        source -> Text,
        applied_at -> Timestamp,
        entered_at -> Timestamp,
        closed_at -> Nullable<Timestamp>,
        reason_code -> Nullable<Text>,
        decided_by -> Nullable<Text>,
        staff_id -> Nullable<BigInt>,
        total_h -> Nullable<BigInt>,
        row_version -> Integer,
        external_key -> Nullable<Text>,
    }
}

diesel::table! {
    application_answer (application_id, position) {
        application_id -> BigInt,
        position -> Integer,
        answer -> Text,
        failed -> Bool,
        confirmed_by -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamp>,
        stands -> Nullable<Bool>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    application_move (id) {
        id -> BigInt,
        application_id -> BigInt,
        from_stage_id -> Nullable<BigInt>,
        to_stage_id -> Nullable<BigInt>,
        state -> Text,
        moved_by -> Nullable<Text>,
        moved_at -> Timestamp,
        reason_code -> Nullable<Text>,
        note -> Text,
    }
}

diesel::table! {
    application_group (application_id, attribute) {
        application_id -> BigInt,
        attribute -> Text,
        value -> Text,
    }
}

diesel::table! {
    selection_count (opening_id, stage_position, attribute, value) {
        opening_id -> BigInt,
        stage_position -> Integer,
        attribute -> Text,
        value -> Text,
        entered -> BigInt,
        passed -> BigInt,
    }
}

diesel::table! {
    consent_text (id) {
        id -> BigInt,
        kind -> Text,
        version_no -> Integer,
        body_zh -> Text,
        body_en -> Text,
        sha256 -> Text,
        published_at -> Timestamp,
        published_by -> Text,
    }
}

diesel::table! {
    consent (id) {
        id -> BigInt,
        candidate_id -> BigInt,
        text_id -> BigInt,
        given_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    candidate_link (application_id) {
        application_id -> BigInt,
        token_hash -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    attachment (id) {
        id -> BigInt,
        candidate_id -> BigInt,
        application_id -> Nullable<BigInt>,
        file_id -> BigInt,
        added_by -> Nullable<Text>,
        added_at -> Timestamp,
    }
}

diesel::table! {
    candidate_note (id) {
        id -> BigInt,
        candidate_id -> BigInt,
        body -> Text,
        by_login -> Text,
        written_at -> Timestamp,
    }
}

diesel::table! {
    interview (id) {
        id -> BigInt,
        application_id -> BigInt,
        stage_id -> BigInt,
        round_no -> Integer,
        panel_id -> BigInt,
        state -> Text,
        starts_at -> Nullable<Timestamp>,
        ends_at -> Nullable<Timestamp>,
        place -> Text,
        kit_json -> Text,
        ics_uid -> Text,
        ics_sequence -> Integer,
        row_version -> Integer,
    }
}

diesel::table! {
    background_check (id) {
        id -> BigInt,
        application_id -> BigInt,
        consent_id -> BigInt,
        item -> Text,
        result -> Text,
        note -> Text,
        reply -> Nullable<Text>,
        replied_at -> Nullable<Timestamp>,
        done_by -> Nullable<Text>,
        done_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    recusal (application_id, staff_id) {
        application_id -> BigInt,
        staff_id -> BigInt,
        declared_by -> Text,
        declared_at -> Timestamp,
    }
}

diesel::table! {
    offer (id) {
        id -> BigInt,
        application_id -> BigInt,
        version_no -> Integer,
        terms -> Text,
        starts_on -> Nullable<Date>,
        state -> Text,
        made_by -> Text,
        sent_at -> Nullable<Timestamp>,
        expires_on -> Nullable<Date>,
        answered_at -> Nullable<Timestamp>,
        row_version -> Integer,
    }
}

diesel::table! {
    letter (id) {
        id -> BigInt,
        email -> Text,
        locale -> Text,
        kind -> Text,
        args_json -> Text,
        link -> Text,
        created_at -> Timestamp,
        mail_due -> Timestamp,
        mail_tries -> Integer,
    }
}

diesel::joinable!(team_link -> team (team_id));
diesel::joinable!(goal_sheet_version -> goal_sheet (sheet_id));
diesel::joinable!(goal_item -> goal_sheet_version (version_id));
diesel::joinable!(goal_sheet -> staff (staff_id));
diesel::joinable!(goal_proposal -> goal_sheet (sheet_id));
diesel::joinable!(qualitative_goal -> goal_sheet_version (version_id));
diesel::joinable!(team_goal -> team (team_id));
diesel::joinable!(account_role -> account (account_id));
diesel::joinable!(account_role -> team (team_id));
diesel::joinable!(account -> staff (staff_id));
diesel::joinable!(session -> account (account_id));
diesel::joinable!(message -> account (account_id));
diesel::joinable!(feed -> account (account_id));
diesel::joinable!(staff_skill -> skill (skill_id));
diesel::joinable!(evaluation -> staff (staff_id));
diesel::joinable!(plan_action -> plan (plan_id));
diesel::joinable!(plan_event -> plan (plan_id));
diesel::joinable!(scorecard_version -> scorecard (scorecard_id));
diesel::joinable!(criterion -> scorecard_version (version_id));
diesel::joinable!(criterion_level -> criterion (criterion_id));
diesel::joinable!(panel -> scorecard_version (version_id));
diesel::joinable!(sheet -> panel (panel_id));
diesel::joinable!(sheet -> staff (rater_id));
diesel::joinable!(rating -> sheet (sheet_id));
diesel::joinable!(rating -> criterion (criterion_id));

diesel::allow_columns_to_appear_in_same_group_by_clause!(
    posting::team_id,
    evaluation::cycle_id,
    staff::id,
    staff::employee_no,
    staff::name,
    staff::name_en,
);
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    staff_skill::level,
    skill::code,
    skill::name_zh,
    skill::name_en,
    skill::critical,
);
diesel::allow_columns_to_appear_in_same_group_by_clause!(
    application::stage_id,
    application::state,
    application_group::attribute,
    application_group::value,
);
diesel::joinable!(opening -> team (team_id));
diesel::joinable!(opening -> job_role (job_role_id));
diesel::joinable!(opening_stage -> opening (opening_id));
diesel::joinable!(application -> opening (opening_id));
diesel::joinable!(application -> candidate (candidate_id));
diesel::joinable!(application -> opening_stage (stage_id));
diesel::joinable!(application_answer -> application (application_id));
diesel::joinable!(application_move -> application (application_id));
diesel::joinable!(application_group -> application (application_id));
diesel::joinable!(consent -> candidate (candidate_id));
diesel::joinable!(consent -> consent_text (text_id));
diesel::joinable!(candidate_link -> application (application_id));
diesel::joinable!(attachment -> candidate (candidate_id));
diesel::joinable!(attachment -> stored_file (file_id));
diesel::joinable!(candidate_note -> candidate (candidate_id));
diesel::joinable!(interview -> application (application_id));
diesel::joinable!(interview -> panel (panel_id));
diesel::joinable!(background_check -> application (application_id));
diesel::joinable!(background_check -> consent (consent_id));
diesel::joinable!(offer -> application (application_id));
diesel::joinable!(recusal -> application (application_id));
diesel::joinable!(recusal -> staff (staff_id));

diesel::allow_tables_to_appear_in_same_query!(
    setting,
    team,
    team_link,
    job_role,
    staff,
    posting,
    source,
    import_run,
    audit_event,
    category,
    service_record,
    survey_answer,
    complaint,
    quality_review,
    record_change,
    kpi,
    snapshot,
    cycle,
    cycle_stage,
    goal_sheet,
    goal_sheet_version,
    goal_item,
    team_goal,
    qualitative_goal,
    goal_proposal,
    note,
    manual_value,
    evaluation,
    account,
    account_role,
    session,
    signing_key,
    throttle,
    form_once,
    reporting_line,
    skill,
    staff_skill,
    stored_file,
    stored_chunk,
    saved_mapping,
    pending_import,
    job,
    message,
    feed,
    finding,
    plan,
    plan_action,
    plan_event,
    cycle_template,
    cycle_deadline,
    scorecard,
    scorecard_version,
    criterion,
    criterion_level,
    panel,
    sheet,
    rating,
    sheet_amendment,
    draft,
    calibration,
    calibration_member,
    calibration_team,
    calibration_conflict,
    calibration_change,
    feedback,
    appeal,
    reward_rule,
    reward,
    staff_group,
    opening,
    opening_stage,
    candidate,
    application,
    application_answer,
    application_move,
    application_group,
    selection_count,
    consent_text,
    consent,
    candidate_link,
    attachment,
    candidate_note,
    interview,
    background_check,
    recusal,
    offer,
    letter,
);
