// Package tenantguard keeps tenants apart inside one PostgreSQL database.
//
// The guard is SQL, in the files of the directory sql, one concern a file. It
// lives in the schemas tenancy and authz and needs PostgreSQL 15 or newer. It
// gives every table with a column tenant_id forced row-level security bound to
// the tenant of the transaction, defines in one function what isolated means, and
// refuses at commit what breaks that definition. It relies on no role that
// bypasses policies and on no superuser, except that the server decides who may
// create event triggers: without them the policies hold and the gate does not
// exist, which Verify reports.
//
// A transaction of the application reads
//
//	begin;
//	select tenancy.enter('<tenant>');
//	...
//	commit;
//
// This package installs the guard and asks it questions. All functions take one
// connection and none keeps state. docs/tenancy says what the guard stops and
// what it does not.
package tenantguard

// Version is the version of the SQL. It changes with every change of a file.
const Version = "1.1.0"

// Roles the guard creates. All are groups without LOGIN; a login is a member of
// exactly one of them.
const (
	// RoleOwner owns the application's schemas and tables.
	RoleOwner = "tenfold_owner"
	// RoleApp reads and writes the rows of the tenant it entered.
	RoleApp = "tenfold_app"
	// RolePlatform reads every tenant in the tables that are granted to it.
	RolePlatform = "tenfold_platform"
	// RoleMigrator becomes RoleOwner with SET ROLE and has no rights before.
	RoleMigrator = "tenfold_migrator"
	// RoleGuard owns the guard itself.
	RoleGuard = "tenfold_guard"
)

// SQLStateRefused is the error code of every refusal: a tenant that may not be
// entered, a row of another tenant, a transaction that breaks isolation.
const SQLStateRefused = "42501"
