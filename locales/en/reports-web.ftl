# Reports in the application: which there are, and bundles to take away.

reports-title = Reports
reports-cycle-code = Cycle
reports-open = Open
reports-overview = Overview of the company
reports-cycle = The cycle
reports-cycle-teams = The cycle and its teams
reports-own = My result
reports-not-frozen = No results yet
reports-none = There is no such report.
reports-empty = There is no cycle yet. Once a cycle has results, its reports stand here.

bundles-title = Take away
bundles-lede = A bundle is a folder of pages that opens from disk without a network. It holds exactly what its readers may see.
bundles-audience-hint = For whom it is: this decides what is in it.
bundles-no-language = Choose at least one language.
bundles-build = Build the bundle
bundles-building = Building the bundle
bundles-built = Built bundles
bundles-ordered = Asked for
bundles-done = ready
bundles-gone = no longer kept
bundles-failed = failed
bundles-busy = being built
told-bundle-built = The bundle of reports for { $cycle } is ready. It is kept for seven days.
