package ledger

// Migrations lets tests make a ledger of an earlier release.
var Migrations = migrations
