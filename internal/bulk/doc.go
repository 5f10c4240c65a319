// Package bulk is what all requests about many things have in common: a result a row, and
// keys under which a request that is sent again gets the answer that it got before.
package bulk
