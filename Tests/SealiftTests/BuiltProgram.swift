import SystemIO

/// The built program, which lies beside the program that runs the tests.
let builtProgram = FileSystem.parent(of: CommandLine.arguments[0]) + "/sealift"
