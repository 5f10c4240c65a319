// Package usage tells how much servers are used: what runs now, for how long servers ran by day, person and group, and how
// their starts went. Whoever may read somebody's servers may know all of it of them, since it is what they would have
// seen. Days are those of UTC.
package usage
