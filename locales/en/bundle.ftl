# Building a report bundle: what can go wrong. The previous bundle is never harmed.
bundle-io = { $path }: { $cause }. Check free space and permissions, then build again.
bundle-not-a-folder = Reports cannot be written to { $path }: name a folder, or one that does not exist yet.
bundle-foreign = { $path } holds files that no earlier report put there, so nothing was written ({ $count } in all, for example: { $files }). Name another folder or move these files away.
bundle-busy = Another build is writing to { $path }. Wait until it ends.
bundle-bad-path = A report file cannot be called { $path }. Please report this as an error in the program.
bundle-duplicate = Two report files are both called { $path }. Please report this as an error in the program.
bundle-render = The page { $path } could not be made: { $cause }. The earlier reports are untouched.
bundle-not-rendered = The page { $path } was announced but not made. Please report this as an error in the program.
