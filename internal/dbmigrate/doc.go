// Package dbmigrate applies SQL migrations to a database whose tenants are
// isolated by the tenant guard.
//
// A migration is a file NNNN_what_it_does.sql. The run logs in as the migrator,
// takes an advisory lock, compares the files with the ledger in the database,
// and refuses before it touches anything when an applied file was changed or is
// missing. Each file then runs as the owner role in a transaction of its own,
// with a lock timeout and a statement timeout; the guard must find no violation
// before the transaction may commit, and the ledger row commits with it. So a
// run that is killed at any point leaves whole files only, and the next run
// goes on from there.
//
// A file that begins with
//
//	-- tenfold:no-transaction
//
// is for CREATE INDEX CONCURRENTLY and its kind: each statement commits by
// itself, the ledger counts the finished ones, and the next run takes an
// interrupted statement up again. Two more directives, lock-timeout and
// statement-timeout, take a duration and change the limits of one file.
package dbmigrate
