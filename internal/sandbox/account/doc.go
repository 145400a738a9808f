// Package account keeps the local account of the offline cloud: everything
// that exists in it, in memory while a process has it open and in one file
// between runs.
//
// The file is an append-only journal. Its first line is a header; every other
// line is one transaction, a CRC-32C checksum followed by JSON, so the file can
// be read with any text tool. A transaction is handed to the operating system
// before the caller hears that it succeeded, so a process killed at any byte
// loses nothing it acknowledged: at worst the last line is torn, and the next
// Open drops it and says so (see Account.Notes). Records are flushed to the
// disk on Close and on compaction, not per transaction; a power cut can
// therefore cost the last moments of a run, which is a fair price for a
// sandbox.
//
// When the journal has grown to several times what is alive in it, it is
// rewritten: a new file is written beside it, flushed, and renamed over it.
//
// One process at a time may hold an account open for writing. Read lists an
// account without the lock.
//
// Identifiers are derived from the account's seed and the name of the resource
// they belong to, so the same program run against two accounts with the same
// seed gets the same identifiers, in whatever order the engine works.
package account
