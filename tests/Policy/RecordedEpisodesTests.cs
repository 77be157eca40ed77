using Edge.Hil.Data;
using Edge.Hil.Evaluation;
using Edge.Hil.Tasks;
using Edge.Inference;
using Edge.Policy;
using Edge.Telemetry;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.Policy;

/// <summary>From what a robot did to training data: an episode of the rig is recorded as a robot's would be, and read back.</summary>
public sealed class RecordedEpisodesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("edge-recorded-").FullName;

    private string Out => Path.Combine(_folder, "policy");

    [Fact]
    public void ARecordingFitsThePolicysFormat()
    {
        var recording = Record(out var witness);
        var (samples, succeeded, calls) = new RecordedEpisodes(ReferenceArm.Robot, Out).Import(recording)!.Value;
        Assert.Equal((2, 2), (succeeded, calls));
        Assert.Equal(witness.States.Count, samples);

        var shard = Path.Combine(Out, "shard-50000");
        Assert.Equal(witness.States.SelectMany(state => state).ToArray(), Npy.Read<float>(Path.Combine(shard, "state.npy")));
        Assert.All(Npy.Read<byte>(Path.Combine(shard, "success.npy")), value => Assert.Equal(1, value));
        Assert.All(Npy.Read<float>(Path.Combine(shard, "offset.npy")), value => Assert.True(float.IsNaN(value)));
        Assert.Equal([1, 2], Npy.Read<int>(Path.Combine(shard, "subtask.npy")).Distinct());
        var action = Npy.Read<float>(Path.Combine(shard, "action.npy"));
        Assert.True(File.Exists(Path.Combine(Out, "meta.json")));

        // The first step of each chunk leads to where the tool was a tenth of a second later, and progress grows to 1.
        for (var i = 0; i + 1 < samples; i++)
        {
            var row = action.AsSpan(i * 16 * ActionSpace.Channels, 16 * ActionSpace.Channels);
            if (witness.Subtasks[i + 1] != witness.Subtasks[i])
                Assert.Equal(1, row[ActionSpace.Channels - 1]);
            else if (witness.TimesNs[i + 1] - witness.TimesNs[i] == 100_000_000)
                Assert.Equal((witness.ToolX[i + 1] - witness.ToolX[i]) / ActionSpace.TranslationScaleM, row[0], 1e-4);
        }

        Assert.Null(new RecordedEpisodes(ReferenceArm.Robot, Out).Import(recording));
    }

    [Fact]
    public void ACutLineIsTheEndAndABrokenOneIsNamed()
    {
        var recording = Record(out _);
        var steps = Path.Combine(recording, EpisodeRecorder.StepsFile);
        var lines = File.ReadAllLines(steps);
        File.WriteAllLines(steps, [.. lines[..^1], lines[^1][..10]]);
        Assert.Equal(1, new RecordedEpisodes(ReferenceArm.Robot, Out).Import(recording)!.Value.Calls);

        File.WriteAllLines(steps, [lines[0].Replace("\"suction\":", "\"suction\":\"on\",\"x\":", StringComparison.Ordinal), .. lines[1..]]);
        var error = Assert.Throws<ModelException>(() => new RecordedEpisodes(ReferenceArm.Robot, Path.Combine(_folder, "other")).Import(recording));
        Assert.Contains("line 1: suction: found \"on\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("edge run --record", Assert.Throws<ModelException>(() => new RecordedEpisodes(ReferenceArm.Robot, Out).Import(_folder)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Record(out Witness witness)
    {
        var camera = ReferenceArm.Robot.PolicyCamera;
        using var recorder = new EpisodeRecorder(Path.Combine(_folder, "recordings"), camera.WidthPx, camera.HeightPx, TextWriter.Null, capacity: 2000);
        var both = new Witness(recorder);
        Assert.True(EpisodeRun.Run(ReferenceArm.Robot, TaskRegistry.Get("simple_manipulation").Sample(7), planner: null, policy: null, memoryEnabled: true, rig => rig.Controller.Policy.Witness = both).Succeeded);
        witness = both;
        Assert.Equal(0, recorder.Missed);
        return Assert.Single(Directory.GetDirectories(Path.Combine(_folder, "recordings")));
    }

    /// <summary>What the encoder makes of each observation, as it comes.</summary>
    private sealed class Witness(IPolicyWitness next) : IPolicyWitness
    {
        private readonly List<Observation> _seen = [];

        public List<float[]> States { get; } = [];

        public List<long> Subtasks { get; } = [];

        public List<long> TimesNs { get; } = [];

        public List<double> ToolX { get; } = [];

        public void Observed(Subtask subtask, Observation observation)
        {
            var copy = new Observation(observation.Frame.WidthPx, observation.Frame.HeightPx);
            copy.CopyFrom(observation);
            Observation[] history = [Subtasks.LastOrDefault() == subtask.Id ? _seen[^1] : copy, copy];
            var state = new float[2 * ObservationEncoder.StateFeatures];
            ObservationEncoder.EncodeState(history, subtask.Function, subtask.TargetNow(copy), state);
            _seen.Add(copy);
            States.Add(state);
            Subtasks.Add(subtask.Id);
            TimesNs.Add(copy.TimeNs);
            ToolX.Add(copy.Robot.CommandedTool.X);
            next.Observed(subtask, observation);
        }

        public void Ended(Subtask subtask, SubtaskOutcome outcome) => next.Ended(subtask, outcome);
    }
}
