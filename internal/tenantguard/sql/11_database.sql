-- What everybody may do in a database by default and the application must not.
-- These privileges belong to the database, which a copy made with CREATE DATABASE
-- does not inherit: installing the guard again sets them.

do $database$
begin
    -- Temporary tables outlive a transaction on a pooled connection, so the
    -- application has no right to make them.
    execute format('revoke create, temporary on database %I from public', current_database());
    execute format('grant create, temporary on database %I to tenfold_owner', current_database());
end
$database$;
