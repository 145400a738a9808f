-- Exemptions: what is allowed to break a rule, why, and who said so.
--
-- An exemption names one rule and one object. Where the object has a body, a
-- function or a view, it also names the fingerprint of that body: a changed body
-- is a new decision. Only tenfold_guard writes here; a migration cannot.

create table if not exists tenancy.exemption (
    rule        text not null,
    object      text not null,
    fingerprint text not null default '',
    reason      text not null check (length(reason) >= 10),
    approver    text not null check (approver <> ''),
    approved_at timestamptz not null default clock_timestamp(),
    login       name not null default session_user,
    primary key (rule, object)
);

create table if not exists tenancy.exemption_event (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default clock_timestamp(),
    login       name not null default session_user,
    action      text not null check (action in ('exempt', 'withdraw')),
    rule        text not null,
    object      text not null,
    fingerprint text not null,
    reason      text not null,
    approver    text not null
);

create or replace function tenancy.exempt(rule text, object text, fingerprint text, reason text, approver text) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    insert into tenancy.exemption (rule, object, fingerprint, reason, approver)
    values ($1, $2, $3, $4, $5)
    on conflict on constraint exemption_pkey do update
        set fingerprint = excluded.fingerprint, reason = excluded.reason, approver = excluded.approver,
            approved_at = clock_timestamp(), login = session_user;
    insert into tenancy.exemption_event (action, rule, object, fingerprint, reason, approver)
    values ('exempt', $1, $2, $3, $4, $5);
$$;
comment on function tenancy.exempt(text, text, text, text, text) is
    'Lets one object break one rule. Rule, object and fingerprint stand in the violation.';

create or replace function tenancy.withdraw_exemption(rule text, object text, reason text, approver text) returns void
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    with gone as (
        delete from tenancy.exemption e where e.rule = $1 and e.object = $2 returning e.fingerprint)
    insert into tenancy.exemption_event (action, rule, object, fingerprint, reason, approver)
    select 'withdraw', $1, $2, gone.fingerprint, $3, $4 from gone;
$$;
comment on function tenancy.withdraw_exemption(text, text, text, text) is
    'Makes the rule hold for the object again.';
