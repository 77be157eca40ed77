using Edge.Mqtt;
using Xunit;

namespace Edge.Tests.Mqtt;

public sealed class TaskLedgerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-ledger-").FullName;

    private string File => Path.Combine(_folder, "sub", "tasks.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void RemembersAcrossARestart()
    {
        var ledger = new TaskLedger(File);
        var done = ledger.Add("a", "f1");
        ledger.Note(done, new TaskReport("a", TaskState.Finished, "x", []));
        var failed = ledger.Add("b", "f2");
        ledger.Note(failed, new TaskReport("b", TaskState.Failed, "x", [], 0, "POLICY", "it \"slipped\"\n"));
        Assert.Equal("", ledger.FileError);

        var again = new TaskLedger(File);
        Assert.Equal(TaskState.Finished, again.Find("a")!.State);
        Assert.Equal("f1", again.Find("a")!.Fingerprint);
        Assert.Equal(("POLICY", "it \"slipped\"\n"), (again.Find("b")!.ErrorType, again.Find("b")!.Reason));
        Assert.Null(again.Find("c"));
    }

    [Fact]
    public void ATaskThatWasNotOverHasFailed()
    {
        var ledger = new TaskLedger(File);
        ledger.Note(ledger.Add("a", "f1"), new TaskReport("a", TaskState.Running, "x", []));
        var again = new TaskLedger(File);
        Assert.Equal(TaskState.Failed, again.Find("a")!.State);
        Assert.Contains("restarted", again.Find("a")!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void KeepsTheNewest()
    {
        var ledger = new TaskLedger(null);
        for (var i = 0; i < TaskLedger.Capacity + 10; i++)
            ledger.Add($"t{i}", "f");
        Assert.Null(ledger.Find("t9"));
        Assert.NotNull(ledger.Find("t10"));
    }

    [Fact]
    public void BrokenLinesAreLeftOut()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, "rubbish\n\n{}\nnull\n{\"taskId\":\"../x\",\"state\":\"Finished\"}\n{\"taskId\":\"a\",\"fingerprint\":\"f\",\"state\":\"Finished\"}\n{\"taskId\":\"b\",\"state\":\"Sleeping\"}\n{\"taskId\":\"c\",\"sta");
        var ledger = new TaskLedger(File);
        Assert.NotNull(ledger.Find("a"));
        Assert.Null(ledger.Find("../x"));
        Assert.Null(ledger.Find("b"));
        Assert.Null(ledger.Find("c"));
    }

    [Fact]
    public void AFolderThatCannotBeWrittenIsReportedNotThrown()
    {
        var ledger = new TaskLedger("/proc/edge-no-such/tasks.jsonl");
        ledger.Add("a", "f");
        Assert.Contains("/proc/edge-no-such", ledger.FileError, StringComparison.Ordinal);
    }
}
