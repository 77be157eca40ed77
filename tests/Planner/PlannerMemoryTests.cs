using Edge.Control;
using Edge.Planner;
using Edge.Policy;
using Edge.Tests.Inference;
using Xunit;

namespace Edge.Tests.Planner;

public sealed class PlannerMemoryTests : IDisposable
{
    private static readonly ToolPose Somewhere = new(0.4, -0.1, 0.02, 0.5);

    private readonly string _folder = Fixture.NewFolder();

    private string File => Path.Combine(_folder, "memory.json");

    [Fact]
    public void SlotsCountWithinTheTaskAndOutliveTheRing()
    {
        var memory = new PlannerMemory(3);
        memory.Begin("a");
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(i, memory.Append(i, "done()", Somewhere, SubtaskOutcome.Succeeded).Slot);
        }

        Assert.Equal([3, 4, 5], memory.Current.Select(e => e.Slot));
        memory.Begin("b");
        Assert.Empty(memory.Current);
        Assert.Equal(1, memory.Append(6, "done()", Somewhere, SubtaskOutcome.Succeeded).Slot);
        Assert.Equal([4, 5, 1], memory.All.Select(e => e.Slot));
        memory.Begin("a");
        Assert.Equal(6, memory.Append(7, "done()", Somewhere, SubtaskOutcome.Succeeded).Slot);
    }

    /// <summary>The robot has dropped a thing on the way and takes it again: where it stood is where it was taken first.</summary>
    [Theory]
    [InlineData("pick(\"red cube\", at=(1, 2))", SubtaskOutcome.Failed, "pick(\"red cube\", at=(99, 2))", true)]
    [InlineData("push(\"red cube\", at=(1, 2), to=(3, 4))", SubtaskOutcome.Failed, "push(\"red cube\", at=(99, 2), to=(3, 4))", true)]
    [InlineData("pick(\"red cube\", at=(1, 2))", SubtaskOutcome.Failed, "pick(\"blue cube\", at=(99, 2))", false)]
    [InlineData("pick(at=(1, 2))", SubtaskOutcome.Failed, "pick(at=(99, 2))", false)] // who knows what was meant
    [InlineData("pick(\"red cube\", at=(1, 2))", SubtaskOutcome.TimedOut, "pick(\"red cube\", at=(99, 2))", false)] // nothing was there
    [InlineData("pick(\"red cube\", at=(1, 2))", SubtaskOutcome.Succeeded, "pick(\"red cube\", at=(99, 2))", false)]
    [InlineData("rotate(\"red cube\", at=(1, 2), by=30)", SubtaskOutcome.Failed, "rotate(\"red cube\", at=(99, 2), by=30)", false)] // it stays there
    public void ARetryKeepsWhereTheThingStoodAtFirst(string first, SubtaskOutcome outcome, string second, bool keeps)
    {
        var (before, after) = (Somewhere, Somewhere with { X = 0.5 });
        var memory = new PlannerMemory(3);
        memory.Begin("a");
        memory.Append(1, first, before, outcome);
        Assert.Equal(keeps ? before : after, memory.Append(2, second, after, SubtaskOutcome.Failed).Pose);
        Assert.Equal(keeps ? before : after, memory.Append(3, second, after, SubtaskOutcome.Succeeded).Pose);
    }

    [Fact]
    public void AnAmendedOutcomeIsKeptInTheFile()
    {
        var memory = PlannerMemory.Open(File, 4, out _);
        memory.AmendLast(SubtaskOutcome.Failed); // there is none
        memory.Begin("a");
        memory.Append(1, "done()", Somewhere, SubtaskOutcome.Succeeded);
        memory.Append(2, "done()", Somewhere, SubtaskOutcome.Succeeded);
        memory.AmendLast(SubtaskOutcome.Failed);
        Assert.Equal([SubtaskOutcome.Succeeded, SubtaskOutcome.Failed], PlannerMemory.Open(File, 4, out _).All.Select(e => e.Outcome));
    }

    [Fact]
    public void ARestartGoesOnWhereTheProcessStopped()
    {
        var memory = PlannerMemory.Open(File, 4, out var warning);
        Assert.Empty(warning);
        memory.Begin("swap-1");
        memory.Append(10, "pick(at=(412, 377))", Somewhere, SubtaskOutcome.Succeeded);
        memory.Append(20, "place(at=memory(1))", new ToolPose(1.0 / 3, -0.0, 5e-324, 0), SubtaskOutcome.TimedOut);

        var restored = PlannerMemory.Open(File, 4, out warning);
        Assert.Empty(warning);
        restored.Begin("swap-1");
        Assert.Equal(memory.Current, restored.Current);
        Assert.Equal(3, restored.Append(30, "done()", Somewhere, SubtaskOutcome.Succeeded).Slot);
        Assert.Equal(2, PlannerMemory.Open(File, 2, out _).All.Count);
        restored.Clear();
        Assert.Empty(PlannerMemory.Open(File, 4, out _).All);
        Assert.Equal([File], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("", "memory.json")]
    [InlineData("{}", "format: missing")]
    [InlineData("{\"format\": 2}", "format: found 2")]
    [InlineData("{\"format\": 1, \"entries\": [{\"call\": \"fly()\"}]}", "entries[0].call: call: found \"fly()\"")]
    [InlineData("{\"format\": 1, \"entries\": [{\"call\": \"done()\", \"pose\": [1, 2, 3]}]}", "entries[0].pose: found an array, allowed x, y, z, yaw")]
    [InlineData("{\"format\": 1, \"entries\": [{\"call\": \"done()\", \"pose\": [1, 2, 1e9, 0], \"outcome\": \"Failed\", \"slot\": 1, \"task\": \"t\", \"timeNs\": 0}]}", "entries[0].pose[2]: found 1e9, allowed a number -100 to 100")]
    [InlineData("{\"format\": 1, \"entries\": [{\"call\": \"done()\", \"pose\": [1, 2, 3, 0], \"outcome\": \"3\", \"slot\": 1, \"task\": \"t\", \"timeNs\": 0}]}", "entries[0].outcome: found \"3\", allowed one of Running")]
    public void ABrokenFileGivesAnEmptyMemoryAndAWarning(string content, string message)
    {
        System.IO.File.WriteAllText(File, content);
        var memory = PlannerMemory.Open(File, 4, out var warning);
        Assert.Contains(message, warning, StringComparison.Ordinal);
        Assert.Empty(memory.All);
        memory.Begin("t");
        memory.Append(1, "done()", Somewhere, SubtaskOutcome.Succeeded);
        Assert.Single(PlannerMemory.Open(File, 4, out warning).All);
        Assert.Empty(warning);
    }

    [Fact]
    public void DamagedFilesNeverCrash()
    {
        var memory = PlannerMemory.Open(File, 4, out _);
        memory.Begin("t");
        memory.Append(1, "pick(at=(412, 377))", Somewhere, SubtaskOutcome.Succeeded);
        memory.Append(2, "place(at=memory(1))", Somewhere, SubtaskOutcome.Succeeded);
        var good = System.IO.File.ReadAllBytes(File);
        var random = new Random(2);
        for (var i = 0; i < 2000; i++)
        {
            var damaged = good[..(i % 2 == 0 ? good.Length : random.Next(good.Length))].ToArray();
            for (var k = random.Next(1, 4); k > 0 && damaged.Length > 0; k--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            System.IO.File.WriteAllBytes(File, damaged);
            var restored = PlannerMemory.Open(File, 4, out var warning);
            Assert.True(restored.All.Count == 0 || warning.Length == 0);
        }
    }

    [Fact]
    public void ADiskThatTakesNothingIsReportedAndTheMemoryGoesOn()
    {
        var memory = PlannerMemory.Open("/proc/edge-no-such/memory.json", 4, out _);
        memory.Begin("t");
        memory.Append(1, "done()", Somewhere, SubtaskOutcome.Succeeded);
        Assert.Contains("is not saved", memory.SaveError, StringComparison.Ordinal);
        Assert.Single(memory.Current);
    }

    [Fact]
    public void ThePromptShowsTheSlotsOfTheTask()
    {
        var memory = new PlannerMemory(2);
        memory.Begin("t");
        foreach (var call in (ReadOnlySpan<string>)["pick(at=(1, 2))", "place(at=(3, 4))", "touch(at=memory(2))"])
            memory.Append(0, call, Somewhere, SubtaskOutcome.Succeeded);
        Assert.Equal("Task: do it\nMemory:\n2 place(at=(3, 4)) ok\n3 touch(at=memory(2)) ok\nCall:", PlannerPrompt.Build("do it", memory.Current));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
