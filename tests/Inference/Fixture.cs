namespace Edge.Tests.Inference;

/// <summary>Files of the tests' source tree, and folders to write in.</summary>
internal static class Fixture
{
    /// <summary>The repository's root: the folder of Edge.sln above the test program.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file of tests/.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine(Root, "tests", Path.Combine(parts));

    /// <summary>A new empty folder.</summary>
    public static string NewFolder() => Directory.CreateTempSubdirectory("edge-test-").FullName;

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Edge.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run inside the repository.");
        return folder;
    }
}
