using Edge.Machine;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Machine;

/// <summary>A folder with the files of a machine that does not exist.</summary>
internal sealed class MadeUpMachine : IDisposable
{
    private readonly string _root = Fixture.NewFolder();

    /// <summary>A machine with four cores, the loop on the last.</summary>
    public MadeUpMachine()
    {
        Files = new MachineFiles(_root);
        Write("/sys/devices/system/cpu/online", "0-3\n");
    }

    public MachineFiles Files { get; }

    /// <summary>The loop's core.</summary>
    public LoopCore Core => LoopCore.Of(new(1000, 80, -1, 20), Files);

    public string PathOf(string path) => Files.PathOf(path);

    public MadeUpMachine Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text);
        return this;
    }

    public MadeUpMachine WriteFolder(string path)
    {
        Directory.CreateDirectory(PathOf(path));
        return this;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public static void AssertOk(IMachineCheck check, string found)
    {
        var finding = check.Look();
        Assert.Equal((CheckState.Ok, ""), (finding.State, finding.Mend));
        Assert.Contains(found, finding.Found, StringComparison.Ordinal);
    }

    public static void AssertWarns(IMachineCheck check, string found, string mend) => AssertNot(CheckState.Warn, check, found, mend);

    public static void AssertFails(IMachineCheck check, string found, string mend) => AssertNot(CheckState.Fail, check, found, mend);

    private static void AssertNot(CheckState state, IMachineCheck check, string found, string mend)
    {
        var finding = check.Look();
        Assert.Equal(state, finding.State);
        Assert.Contains(found, finding.Found, StringComparison.Ordinal);
        Assert.Contains(mend, finding.Mend, StringComparison.Ordinal);
    }
}
