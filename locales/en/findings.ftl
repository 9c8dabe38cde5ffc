# Findings: what was found about people and teams, and what became of it.

finding-not-found = There is no such finding, or it is not yours to see.
finding-state-impossible = A finding cannot take this state now. Choose another one.
finding-changed-meanwhile = Somebody else has decided on this finding meanwhile. Look at the list again.

findings-title = Findings
findings-states = States of findings
findings-empty = Nothing here. Early warnings appear when a control chart leaves its usual range for the worse.
finding-about = About
finding-what = What was found
finding-found = Found on
finding-decide = Decide
finding-worse = Worse
finding-different = Different
finding-state-open = Open
finding-state-noted = Watched
finding-state-dismissed = Dismissed
finding-state-planned = Acted upon
finding-do-note = Watch
finding-do-dismiss = Dismiss
finding-do-plan = Act upon it
said-finding-decided = The finding has its new state.
