// Package homedir keeps people's homes in a folder of this machine, the place, and knows
// whose each of them is.
//
// What is in a database can go back to a backup while the files do not, or the other
// way round; numbers and names of people are then given out again. So each home has a
// record beside it that says whose it is: the hub, the person's number, when the person
// was made, their name. A home is handed to nobody whom its record does not name, unless
// the hub's database has a later word, which is an administrator's.
//
//	PLACE                 0711  the hub's
//	  .atrium/            0700  the hub's
//	    place.json        the id of the place, the hub, and the uids that were given out
//	    lock              held by the hubs that work on it
//	    mark              how far the database had counted, to find out that it went back
//	    records/ID.json   one a home
//	    archives/         homes that were packed away
//	  NAME-ID/            0700  the home's own uid
//
// As root each home has a uid of its own. Which ones the homes of this machine use,
// whichever hub they belong to, is noted in one folder of the machine (Options.Registry).
// Homes of former versions lie in folders named after the person's number and keep
// their uids.
package homedir
