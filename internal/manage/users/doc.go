// Package users is 'atrium users': what is done with people, one or a hundred thousand, and the lists that they come from
// and go to.
package users
