# Findings: what was found about people and teams, and what became of it.

finding-not-found = There is no such finding, or it is not yours to see.
finding-state-impossible = A finding cannot take this state now. Choose another one.
finding-changed-meanwhile = Somebody else has decided on this finding meanwhile. Look at the list again.
