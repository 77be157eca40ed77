using Edge.Api;
using Edge.Control;
using Edge.Hil.Data;
using Edge.Hil.Oracle;
using Edge.Policy;
using Edge.Robots;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.Policy;

/// <summary>The stage and the expert together, in the world without physics; and the generator of the policy's data.</summary>
public sealed class PolicyChainTests
{
    internal static readonly ToolPose Home = new(0.24, 0, 0.32, 0);
    internal static readonly CameraDescription Camera = new("front", "", 320, 240, 0.541, [0.98, 0, 0.78], [0.42, 0, 0.02], 1);

    [Fact]
    public void ExpertDoesChainsAndComesHome()
    {
        using var runner = new KinematicRunner(Camera, Home);
        var oracle = new OraclePolicy(runner, Home);
        for (ulong seed = 1; seed <= 20; seed++)
        {
            runner.Reset(seed);
            var index = Enumerable.Range(0, runner.ThingCount).First(i => runner.Thing(i).IsObject);
            var thing = runner.Thing(index);
            // The planner is off by a centimetre; the expert knows better.
            Assert.Equal(SubtaskOutcome.Succeeded, runner.RunSubtask(oracle, Call(1, "pick", thing.X + 0.01, thing.Y), 4));
            Assert.Equal(index, runner.HeldThing);
            Assert.Equal(SubtaskOutcome.Succeeded, runner.RunSubtask(oracle, Call(2, "place", 0.44, -0.02), 4));
            Assert.Equal(-1, runner.HeldThing);
            var placed = runner.Thing(index);
            Assert.Equal(SubtaskOutcome.Succeeded, runner.RunSubtask(oracle, Call(3, "touch", placed.X, placed.Y), 4));
            Assert.Equal(placed, runner.Thing(index));
        }
    }

    [Fact]
    public void PlaceWithNothingHeldFailsAtOnce()
    {
        using var runner = new KinematicRunner(Camera, Home);
        Assert.Equal(SubtaskOutcome.Failed, runner.RunSubtask(new OraclePolicy(runner, Home), Call(1, "place", 0.4, 0), 4));
        Assert.Equal(PolicyFailure.CannotBegin, runner.Status.Failure);
    }

    [Fact]
    public void PickOfNothingTimesOutAndStaysAboveTheTable()
    {
        using var runner = new KinematicRunner(Camera, Home);
        runner.Reset(1);
        var lowest = new LowestPose(new OraclePolicy(runner, Home));
        Assert.Equal(SubtaskOutcome.TimedOut, runner.RunSubtask(lowest, Call(1, "pick", 0.3, 0.4), 4));
        Assert.InRange(lowest.LowestZ, -0.02, 0.001);
    }

    [Fact]
    public void GeneratorWritesShardsAndResumes()
    {
        const int episodes = 2;
        var folder = Directory.CreateTempSubdirectory("edge-policy-").FullName;
        try
        {
            var data = new PolicyData(ReferenceArm.Robot, folder, TextWriter.Null);
            var (succeeded, calls) = data.Run(episodes, unfelt: 1, jobs: 2, CancellationToken.None);
            Assert.InRange(calls, episodes + 1, int.MaxValue);
            Assert.InRange(succeeded, 1, calls);
            foreach (var name in (ReadOnlySpan<string>)["state", "image", "action", "offset", "call", "episode", "subtask", "success"])
                Assert.True(File.Exists(Path.Combine(folder, "policy", "shard-00000", $"{name}.npy")), name);
            Assert.True(File.Exists(Path.Combine(folder, "policy", "shard-10000", "state.npy")));
            Assert.True(File.Exists(Path.Combine(folder, "policy", "meta.json")));
            Assert.Equal(0, data.Run(episodes, unfelt: 1, jobs: 2, CancellationToken.None).Calls);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static Subtask Call(long id, string name, double x, double y) => new(id, RobotApi.IndexOf(name), new ToolPose(x, y, 0, 0), name);

    private sealed class LowestPose(OraclePolicy oracle) : IChunkPolicy
    {
        public double LowestZ { get; private set; } = double.PositiveInfinity;

        public long StepNs => oracle.StepNs;

        public int ObservationSteps => oracle.ObservationSteps;

        public void Begin(Subtask subtask) => oracle.Begin(subtask);

        public float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk)
        {
            var progress = oracle.Infer(history, chunk);
            LowestZ = Math.Min(LowestZ, history[^1].Robot.CommandedTool.Z);
            return progress;
        }
    }
}
