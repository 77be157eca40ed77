using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Edge.Api;
using Edge.Control;
using Edge.Hil.Oracle;
using Edge.Policy;

namespace Edge.Hil.Data;

/// <summary>
/// Makes the policy's training data: chains of calls on random scenes, done by the shaken expert. A shard is a folder that appears when it is complete, so
/// an interrupted run goes on where it stopped.
/// </summary>
public sealed class PolicyData(IEpisodeRunner runner, string folder, TextWriter log)
{
    /// <summary>Observations that the network's state covers.</summary>
    public const int ObservationSteps = 2;

    /// <summary>Seeds from here on belong to evaluation.</summary>
    public const ulong FirstHeldOutSeed = 400_000;

    private const int ChainsPerShard = 20;

    /// <summary>Pick, place and perhaps touch, this often; subtask and episode numbers leave so much room for a chain.</summary>
    private const int Rounds = 2;
    private const int CallsPerChain = 10;
    private const double TouchShare = 0.6;

    /// <summary>Share of calls that ask for a turn of the tool, and the largest.</summary>
    private const double TurnShare = 0.25;
    private const double MaxTurnRad = 0.7;

    /// <summary>Where things may be put down, base frame, metres, and how far from others.</summary>
    private const double MinX = 0.31, MaxX = 0.55, MaxY = 0.24, FreeRadiusM = 0.085;

    private long _subtaskId;

    /// <summary>Makes <paramref name="chains"/> chains with the seeds 1 and up; returns how many calls succeeded and how many were made in this run.</summary>
    public (int Succeeded, int Calls) Run(int chains, CancellationToken stop)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chains, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)chains, FirstHeldOutSeed - 1, nameof(chains));
        Directory.CreateDirectory(folder);
        foreach (var rest in Directory.EnumerateDirectories(folder, "*.partial"))
            Directory.Delete(rest, recursive: true);
        var shards = (chains + ChainsPerShard - 1) / ChainsPerShard;
        var watch = Stopwatch.StartNew();
        int succeeded = 0, calls = 0, made = 0;
        for (var shard = 0; shard < shards && !stop.IsCancellationRequested; shard++)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"shard-{shard:D5}"));
            if (Directory.Exists(path))
                continue;
            var samples = new PolicySampleBuffer(ObservationSteps);
            var oracle = new OraclePolicy(runner.Truth, runner.Home);
            var teacher = new PolicyTeacher(oracle, new ObservationEncoder(runner.Camera), samples, ObservationSteps);
            var last = Math.Min(chains, (shard + 1) * ChainsPerShard);
            for (var chain = shard * ChainsPerShard; chain < last; chain++)
            {
                if (stop.IsCancellationRequested)
                    return (succeeded, calls);
                Chain(chain + 1, teacher, samples, ref succeeded, ref calls);
                made++;
            }

            Directory.CreateDirectory(path + ".partial");
            samples.Write(path + ".partial");
            Directory.Move(path + ".partial", path);
            var seconds = watch.Elapsed.TotalSeconds;
            log.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"policy data: chain {last} of {chains}, {samples.Count} samples in this shard, {succeeded} of {calls} calls succeeded, {seconds / made:F2} s a chain, about {seconds / made * (chains - last) / 60:F1} min to go"));
        }

        if (!stop.IsCancellationRequested)
            WriteMeta(chains);
        return (succeeded, calls);
    }

    private void Chain(int seed, PolicyTeacher teacher, PolicySampleBuffer samples, ref int succeeded, ref int calls)
    {
        runner.Reset((ulong)seed);
        _subtaskId = (long)seed * CallsPerChain;
        var random = new Random(seed);
        teacher.Seed(seed);
        for (var round = 0; round < Rounds; round++)
        {
            if (!TryPickObject(random, out var thing))
                return;
            var ok = Call("pick", thing.X, thing.Y, random, seed, teacher, samples, ref succeeded, ref calls);
            if (!ok)
                return;
            var (x, y) = ChoosePlace(random);
            if (!Call("place", x, y, random, seed, teacher, samples, ref succeeded, ref calls))
                return;
            if (random.NextDouble() < TouchShare && TryPickObject(random, out thing)
                && !Call("touch", thing.X, thing.Y, random, seed, teacher, samples, ref succeeded, ref calls))
                return;
        }
    }

    private bool Call(
        string name, double x, double y, Random random, int seed, PolicyTeacher teacher, PolicySampleBuffer samples, ref int succeeded, ref int calls)
    {
        var yaw = runner.Home.Yaw + (random.NextDouble() < TurnShare ? ((random.NextDouble() * 2) - 1) * MaxTurnRad : 0);
        var subtask = new Subtask(++_subtaskId, RobotApi.IndexOf(name), new ToolPose(x, y, 0, yaw), name);
        teacher.Episode = (int)_subtaskId;
        var outcome = runner.RunSubtask(teacher, subtask, replanSteps: 1);
        samples.EndEpisode(outcome == SubtaskOutcome.Succeeded);
        calls++;
        if (outcome == SubtaskOutcome.Succeeded)
            succeeded++;
        return outcome == SubtaskOutcome.Succeeded;
    }

    private bool TryPickObject(Random random, out ThingTruth thing)
    {
        var truth = runner.Truth;
        thing = default;
        var seen = 0;
        for (var i = 0; i < truth.ThingCount; i++)
        {
            var candidate = truth.Thing(i);
            if (!candidate.IsObject || candidate.X is < 0.27 or > 0.59 || Math.Abs(candidate.Y) > 0.28)
                continue;
            // Reservoir of one: each is as likely.
            if (random.Next(++seen) == 0)
                thing = candidate;
        }

        return seen > 0;
    }

    /// <summary>The middle of a free area, or a free spot of the table.</summary>
    private (double X, double Y) ChoosePlace(Random random)
    {
        var truth = runner.Truth;
        (double, double) best = (0.42, 0);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            var x = MinX + (random.NextDouble() * (MaxX - MinX));
            var y = ((random.NextDouble() * 2) - 1) * MaxY;
            if (attempt < 50 && truth.ThingCount > 0)
            {
                var candidate = truth.Thing(random.Next(truth.ThingCount));
                if (!candidate.IsObject)
                    (x, y) = (candidate.X, candidate.Y);
            }

            best = (x, y);
            if (IsFree(truth, x, y))
                break;
        }

        return best;
    }

    private static bool IsFree(IPlantTruth truth, double x, double y)
    {
        for (var i = 0; i < truth.ThingCount; i++)
        {
            var thing = truth.Thing(i);
            if (i != truth.HeldThing && thing.IsObject && Math.Sqrt(((thing.X - x) * (thing.X - x)) + ((thing.Y - y) * (thing.Y - y))) < FreeRadiusM)
                return false;
        }

        return true;
    }

    private void WriteMeta(int chains)
    {
        using var file = File.Create(Path.Combine(folder, "meta.json"));
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("chains", chains);
        json.WriteNumber("callsPerChain", CallsPerChain);
        json.WriteString("encoder", ObservationEncoder.Version);
        json.WriteNumber("observationSteps", ObservationSteps);
        json.WriteNumber("stateFeatures", ObservationEncoder.StateFeatures);
        json.WriteNumber("imageSizePx", ObservationEncoder.ImageSizePx);
        json.WriteNumber("horizon", OraclePolicy.Horizon);
        json.WriteNumber("stepSeconds", 0.1);
        json.WriteNumber("translationScaleM", ActionSpace.TranslationScaleM);
        json.WriteNumber("yawScaleRad", ActionSpace.YawScaleRad);
        json.WriteStartArray("actionChannels");
        foreach (var name in ActionSpace.ChannelNames)
            json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteStartArray("calls");
        foreach (var call in RobotApi.Calls)
            json.WriteStringValue(call.Name);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
