// Package server receives mail over SMTP and LMTP on a net.Listener. A Backend makes a Session for each connection; the
// protocol is the business of libehlo, which package ehlo binds.
//
// A connection takes one goroutine and, while it waits for its client, no buffers; within TLS it holds one, 32 KiB.
//
// # What an answer means
//
// Only what says yes beyond doubt accepts. An answer that is a mistake of the program refuses, and is logged as an
// error.
//
//	a hook gives                                    the client gets
//	nil                                             the default acceptance
//	a *Reply of class 2, such as OK("queued")       an acceptance in these words
//	a *Reply of class 4 or 5, also within an error  this refusal; 421 ends the connection too
//	an ehlo.Error that is a reply, as it is         that reply
//	any other error                                 451; logged
//	a nil *Reply as an error                        451; logged as a mistake, as all that follow
//	a *Reply of any other code, 0 among them        451
//	an acceptance within another error              451
//	an acceptance with an enhanced code of 4 or 5   451
//	an acceptance whose text begins with the code   451
//	of a refusal: "550 no", "5.1.1 no"
//	a panic                                         421 to all that is open, and the end of the connection
//
// NewSession and Greet have 421 in place of 451. Beyond that
//
//	NewSession gives no Session, or a nil pointer   421
//	a type of Session with a hook that is wrong     421, or an error of Serve: see CheckSession
//	RcptBatch gives a list of another length        451 to each of the recipients
//	there is no Command where a verb waits for it   its refusal; 502 where its row has none, 500 without a row
//	there is no Verify where VRFY is offered        252
//	there is no Auth where AUTH is offered          504
//
// Authentication is never a default:
//
//	Auth gives an error                             454, or the *Reply if it refuses; nothing that it gives accepts
//	Auth gives no SASLServer                        454
//	Next gives done without an error                235, after the challenge if there is one
//	Next gives done and a *Reply of class 2         235 in these words
//	Next gives done before the client has said      454
//	anything
//	the client answers that challenge with text     535
//	Next gives a *Reply of class 4 or 5             this refusal
//	Next gives any other error                      535
//	Next gives a *Reply of class 2 without done,    454
//	or one that is a mistake as above
//
// For a message nil accepts, also where LMTPData has set the status of some recipients alone: it is what the others get.
package server
