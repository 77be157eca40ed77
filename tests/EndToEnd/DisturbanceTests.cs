using System.Text.Json;
using Edge.Cameras;
using Edge.Hil.Evaluation;
using Edge.Hil.Lockstep;
using Edge.Hil.Plant;
using Edge.Hil.Tasks;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.EndToEnd;

/// <summary>Disturbances happen in the plant, once, as large as they are said to be; scripted planner and policy, which see the truth, cope with them.</summary>
public sealed class DisturbanceTests
{
    private const ulong Seed = 400_350;

    /// <summary>Planner and policy here do not look at pictures: to them an episode in another light is the same to the last bit.</summary>
    [Theory]
    [InlineData(Disturbance.Camera)]
    [InlineData(Disturbance.Light)]
    public void WhatIsOnlySeenChangesNothingElse(Disturbance disturbance)
    {
        var (plain, undisturbed) = Run("pick", Disturbance.None, _ => { });
        var (disturbed, rig) = Run("pick", disturbance, _ => { });
        Assert.False(plain.Disturbed);
        Assert.True(disturbed.Disturbed);
        Assert.Equal(plain with { Plan = [] }, disturbed with { Plan = [], Disturbed = false });
        Assert.Equal(plain.Plan, disturbed.Plan);
        Assert.Equal(undisturbed.Monitor.Report().ToJson(), rig.Monitor.Report().ToJson());
    }

    [Fact]
    public void TheCameraIsMovedAndTurnedInADirectionOfTheSeed()
    {
        var scene = TaskRegistry.Get("pick").Sample(Seed).Scene;
        var disturbed = new Disturber(Disturbance.Camera, Seed).Disturb(scene);
        Assert.Equal(0.02, Distance(scene.Look.CameraShiftM, disturbed.Look.CameraShiftM), 1e-9);
        Assert.Equal(2 * Math.PI / 180, Distance(scene.Look.CameraTurnRad, disturbed.Look.CameraTurnRad), 1e-9);
        Assert.Equal(disturbed.Look.CameraShiftM, new Disturber(Disturbance.Camera, Seed).Disturb(scene).Look.CameraShiftM);
        Assert.NotEqual(disturbed.Look.CameraShiftM, new Disturber(Disturbance.Camera, Seed + 1).Disturb(scene).Look.CameraShiftM);
        Assert.NotEqual(Picture(scene), Picture(disturbed));
        Assert.Same(scene, new Disturber(Disturbance.None, Seed).Disturb(scene));
    }

    [Fact]
    public void ThePictureIsHalfAsBright()
    {
        var scene = TaskRegistry.Get("pick").Sample(Seed).Scene;
        var disturbed = new Disturber(Disturbance.Light, Seed).Disturb(scene);
        Assert.InRange(Picture(disturbed).Average(b => (double)b) / Picture(scene).Average(b => (double)b), 0.45, 0.55);
    }

    [Theory]
    [InlineData("pick")]
    [InlineData("touch")]
    [InlineData("swap")]
    public void TheThingThatACallGoesForIsShiftedOnceBeforeContact(string task)
    {
        var jumps = new List<(int Thing, double LengthM)>();
        ObjectState[]? before = null;
        var (result, _) = Run(task, Disturbance.Moved, rig =>
        {
            var now = Enumerable.Range(0, rig.Plant.Scene.Objects.Count).Select(rig.Plant.ReadObject).ToArray();
            for (var i = 0; before is not null && i < now.Length; i++)
            {
                var length = now[i].DistanceTo(before[i].X, before[i].Y);
                if (length < 0.01)
                    continue;
                jumps.Add((i, length));
                Assert.InRange(before[i].DistanceTo(rig.Plant.Tool.X, rig.Plant.Tool.Y), 0, 0.121);
                Assert.False(now[i].Touched || now[i].EverHeld);
                Assert.True(rig.Plant.Tool.Z > rig.Plant.Scene.Objects[i].HeightM + 0.015);
            }

            before = now;
        });
        var (thing, lengthM) = Assert.Single(jumps);
        Assert.Equal(0, thing); // what these tasks go for first
        Assert.InRange(lengthM, 0.039, 0.061);
        Assert.True(result.Disturbed);
        Assert.True(result.Succeeded, result.Reason);
    }

    [Theory]
    [InlineData("pick")]
    [InlineData("simple_manipulation")]
    [InlineData("swap")]
    public void TheFirstThingHeldFallsOffAfterHalfASecondThoughTheValveIsOpen(string task)
    {
        var drops = new List<double>();
        var (held, sinceSeconds) = (-1, 0.0);
        var (result, _) = Run(task, Disturbance.Dropped, rig =>
        {
            if (rig.Plant.Held == held)
                return;
            if (held >= 0 && rig.Devices.Valve.Opening > 0.9)
                drops.Add(rig.Plant.TimeSeconds - sinceSeconds);
            (held, sinceSeconds) = (rig.Plant.Held, rig.Plant.TimeSeconds);
        });
        Assert.InRange(Assert.Single(drops), 0.5, 0.55);
        Assert.True(result.Disturbed);
        Assert.True(result.Succeeded, result.Reason);
        Assert.True(result.Plan.Count(call => call.StartsWith("pick", StringComparison.Ordinal)) >= 2);
    }

    [Fact]
    public void RunsIntoOneFolderDoNotMix()
    {
        var folder = Directory.CreateTempSubdirectory("edge-disturbance").FullName;
        try
        {
            var mode = new EvaluationMode("oracle", "oracle", Memory: true);
            var task = TaskRegistry.Get("touch");
            foreach (var disturbance in (ReadOnlySpan<Disturbance>)[Disturbance.None, Disturbance.Moved])
                Assert.Equal(0, new Evaluation(ReferenceArm.Robot, flatPackage: "", folder, TextWriter.Null).Run([(task, mode with { Disturbance = disturbance })], Seed, 1, 1, 0, fresh: false));
            using var result = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "result.json")));
            var rows = result.RootElement.GetProperty("rows").EnumerateArray()
                .Select(row => (row.GetProperty("disturbance").GetString(), row.GetProperty("episodes").GetInt32(), row.GetProperty("disturbed").GetInt32())).ToArray();
            Assert.Equal([("none", 1, 0), ("moved", 1, 1)], rows.OrderBy(row => row.Item3));
            Assert.Contains("disturbance moved", File.ReadAllText(Path.Combine(folder, "report.html")), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (EpisodeResult Result, LockstepRig Rig) Run(string task, Disturbance disturbance, Action<LockstepRig> watch)
    {
        LockstepRig? seen = null;
        var result = EpisodeRun.Run(ReferenceArm.Robot, TaskRegistry.Get(task).Sample(Seed), null, null, memoryEnabled: true, rig =>
        {
            seen = rig;
            watch(rig);
        }, disturbance: disturbance);
        return (result, seen!);
    }

    private static byte[] Picture(Hil.Scenes.Scene scene)
    {
        using var plant = new MuJoCoPlant(ReferenceArm.Robot, scene);
        var frame = new CameraFrame(160, 120);
        plant.Render("front", frame);
        return frame.Bgr;
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b).Sum(pair => (pair.First - pair.Second) * (pair.First - pair.Second)));
}
