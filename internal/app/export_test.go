package app

// WaitingNotice is what the status page says about files that nobody takes.
var WaitingNotice = waitingNotice
