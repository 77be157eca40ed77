using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Edge.Cameras;
using Edge.Hil.Evaluation;
using Edge.Hil.Lockstep;
using Edge.Hil.Oracle;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Policy;
using Edge.Robots;
using Edge.Tasks;

namespace Edge.Hil.Data;

/// <summary>
/// Makes the training data of the policy and, from the same episodes, of the flat policy: episodes of the tasks on random scenes, planned by the oracle and done by the
/// shaken expert in the lockstep rig. A shard is a folder that follows from its number alone and appears when it is complete, so an interrupted run goes on where it stopped.
/// </summary>
/// <param name="robot">The robot.</param>
/// <param name="folder">Where the shards go: into its folders <c>policy</c> and <c>flat</c>.</param>
/// <param name="log">Told of each shard.</param>
public sealed class PolicyData(RobotDescription robot, string folder, TextWriter log)
{
    /// <summary>Observations that the network's state covers.</summary>
    public const int ObservationSteps = 2;

    /// <summary>From here on seeds are of <see cref="TaskMixture.Unfelt"/>.</summary>
    public const int FirstUnfeltSeed = 200_001;

    /// <summary>Most episodes of either kind: the next seed is kept for evaluation.</summary>
    public const int MaxEpisodes = (int)PlannerDataGenerator.FirstReservedSeed - FirstUnfeltSeed;

    /// <summary>Episodes in a shard.</summary>
    public const int ShardEpisodes = 20;

    // The teacher is asked after every step.
    private readonly RobotDescription _robot = robot with { Policy = robot.Policy with { ReplanSteps = 1 } };
    private readonly CameraDescription _camera = robot.PolicyCamera;
    private readonly Lock _lock = new();

    /// <summary>Makes the episodes of all tasks and those of <see cref="TaskMixture.Unfelt"/>, or what is missing of them; returns how many calls succeeded and how many were made in this run.</summary>
    public (int Succeeded, int Calls) Run(int episodes, int unfelt, int jobs, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(episodes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(episodes, MaxEpisodes);
        ArgumentOutOfRangeException.ThrowIfNegative(unfelt);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(unfelt, MaxEpisodes);
        var kinds = NewBuffers();
        foreach (var kind in kinds)
            WriteMeta(Path.Combine(folder, kind.Name), kind, episodes + unfelt);
        foreach (var rest in Directory.EnumerateDirectories(folder, "*.partial", SearchOption.AllDirectories))
            Directory.Delete(rest, recursive: true);
        var missing = Shards(1, episodes).Concat(Shards(FirstUnfeltSeed, unfelt)).Where(shard => !kinds.All(kind => Directory.Exists(PathOf(kind, shard.Number)))).ToArray();
        var watch = Stopwatch.StartNew();
        int succeeded = 0, calls = 0, done = 0;
        Workers.Run(jobs, missing, shards =>
        {
            while (shards.TryDequeue(out var shard) && Write(shard, stop) is { } made)
            {
                lock (_lock)
                {
                    succeeded += made.Outcomes.Count(ok => ok);
                    calls += made.Outcomes.Count;
                    var left = watch.Elapsed.TotalMinutes / ++done * (missing.Length - done);
                    log.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"policy data: shard {done} of {missing.Length}, {made.Samples} samples in it, {succeeded} of {calls} calls succeeded, about {left:F1} min to go"));
                }
            }
        });
        return (succeeded, calls);
    }

    /// <summary>The shards that hold so many episodes from a seed on.</summary>
    private static IEnumerable<Shard> Shards(int firstSeed, int episodes) => Enumerable.Range(firstSeed, episodes).Chunk(ShardEpisodes).Select(seeds => new Shard(seeds[0] / ShardEpisodes, seeds));

    /// <summary>Makes one shard; null when asked to stop.</summary>
    private (int Samples, List<bool> Outcomes)? Write(Shard shard, CancellationToken stop)
    {
        var samples = NewBuffers();
        var outcomes = new List<bool>();
        foreach (var seed in shard.Seeds)
        {
            if (stop.IsCancellationRequested)
                return null;
            outcomes.AddRange(Episode(seed, samples));
        }

        foreach (var buffer in samples)
        {
            var path = PathOf(buffer, shard.Number);
            if (Directory.Exists(path))
                continue; // the run was cut off between the two
            Directory.CreateDirectory(path + ".partial");
            buffer.Write(path + ".partial");
            Directory.Move(path + ".partial", path);
        }

        return (samples[0].Count, outcomes);
    }

    private string PathOf(ISampleBuffer buffer, int number) => Path.Combine(folder, buffer.Name, string.Create(CultureInfo.InvariantCulture, $"shard-{number:D5}"));

    /// <summary>A video of an episode as the data holds it, shaking hand and all.</summary>
    public EpisodeResult Film(int seed, string path) =>
        EpisodeFilm.Write(_robot, EpisodeOf(seed), planner: null, plant => Teacher(plant, NewBuffers(), seed), memoryEnabled: true, path);

    private static TaskEpisode EpisodeOf(int seed) =>
        TaskMixture.Draw(seed < FirstUnfeltSeed ? TaskMixture.Names : TaskMixture.Unfelt, (ulong)seed, SceneRandom.For((ulong)seed, "policy data"));

    private ISampleBuffer[] NewBuffers() => [new PolicySampleBuffer(new CameraModel(_camera)), new FlatSampleBuffer()];

    private static PolicyTeacher Teacher(MuJoCoPlant plant, ISampleBuffer[] samples, int seed) => new(new PlantTruth(() => plant), samples, seed);

    /// <summary>One episode; whether each of its calls succeeded, as both the sensors and the truth judge.</summary>
    private bool[] Episode(int seed, ISampleBuffer[] samples)
    {
        TaskReport? report = null;
        PolicyTeacher? teacher = null;
        var episode = EpisodeOf(seed);
        EpisodeRun.Run(_robot, episode, planner: null, plant => teacher = Teacher(plant, samples, seed), memoryEnabled: true, rig =>
        {
            report = rig.Controller.Tasks.Report;
            if (!rig.Controller.Tasks.Busy)
                teacher!.End();
        });
        var outcomes = report!.Calls.Where(call => !call.Call.StartsWith("done(", StringComparison.Ordinal)).Zip(teacher!.Worked, (call, worked) => call.Outcome == SubtaskOutcome.Succeeded && worked).ToArray();
        foreach (var buffer in samples)
            buffer.EndEpisode(new TaughtEpisode(seed, episode.Task.Name, episode.Instruction, outcomes));
        return outcomes;
    }

    /// <summary>A shard to make: its number, which follows from its first seed, and the seeds of its episodes.</summary>
    private readonly record struct Shard(int Number, int[] Seeds);

    /// <summary>Says what the shards of a folder hold.</summary>
    internal static void WriteMeta(string folder, ISampleBuffer buffer, int episodes)
    {
        Directory.CreateDirectory(folder);
        using var file = File.Create(Path.Combine(folder, "meta.json"));
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("episodes", episodes);
        json.WriteNumber("observationSteps", ObservationSteps);
        json.WriteNumber("horizon", OraclePolicy.Horizon);
        json.WriteNumber("stepSeconds", 0.1);
        json.WriteNumber("translationScaleM", ActionSpace.TranslationScaleM);
        json.WriteNumber("yawScaleRad", ActionSpace.YawScaleRad);
        json.WriteStartArray("actionChannels");
        foreach (var name in ActionSpace.ChannelNames)
            json.WriteStringValue(name);
        json.WriteEndArray();
        buffer.WriteMeta(json);
        json.WriteEndObject();
    }
}
