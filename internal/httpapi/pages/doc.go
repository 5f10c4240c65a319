// Package pages renders what people see of the hub: login, password, OAuth
// confirmation, starting a server, errors, and the shell of the React app.
//
// A page is one of the structs here, filled by a handler and given to
// [Pages.Render]. Templates escape everything; links pass [safeLink] besides, so
// that a URL of somebody else's making can't run a script. Every page works without
// JavaScript, and none holds an inline script or style: the Content-Security-Policy
// that Render sets would refuse it.
//
// [Pages.Static] serves what the pages refer to, under names that hold a hash of
// the content, compressed beforehand. The React app comes from outside (web/dist,
// with Vite's manifest); where it was not built, its page says so and still lists
// the person's servers.
package pages
