using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Edge.Cameras;
using Edge.Hil.Lockstep;
using Edge.Hil.Oracle;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Tests.Plant;
using Xunit;

namespace Edge.Tests.Tasks;

public sealed class RandomisationTests
{
    private static readonly string Own = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "tasks", "randomisation.json"));

    /// <summary>Figures were measured on these scenes: whoever changes them measures anew.</summary>
    [Fact]
    public void TheRigsOwnFileDrawsTheScenesThatItAlwaysDrew()
    {
        double[] pick500000 =
        [
            0.0552915434, 0.0477267387, 0.522146089, 0.212968514, -2.01266566, 0, 0.986738317, 0.400431941, 0.0480086434,
            0.0484802734, 0.0484802734, 0.331550907, 0.0260206325, -2.82246685, 0, 0.944418508, 0.414295686, 0.0385153572,
            0.0473900141, 0.0473900141, 0.350422874, -0.186332687, 0.574220602, 0, 0.0655765599, 0.577562666, 0.159879359,
            0.457081694, 0.324794973, -1, 0.47039702, 0.402536341, 1, 0.982796757, 0.981178698, 0.776447658, 0.76526196, 0.744076261,
            0.275226411, 0.28139525, 0.378941134, 0.00157370595, -0.00097694885, 0.00144325041, -0.00185145788, -0.00203280388, 8.54052892E-05,
            -0.000180753159, -0.0120871204, -0.0154542246, 0.0169745984, 0.00647315303, 0.0197001225,
        ];
        var scene = TaskRegistry.Get("pick").Sample(500_000).Scene;
        Assert.Equal(pick500000, Numbers(scene).Select(n => double.Parse(n.ToString("G9", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)));
        Assert.Equal((0.6, 500, 0, 0), (scene.SlidingFriction, scene.DensityKgM3, scene.PictureDelayFrames, scene.Look.TableContrast));

        var all = new StringBuilder();
        foreach (var task in TaskRegistry.All)
        {
            for (var seed = 500_000UL; seed < 500_003; seed++)
                all.AppendLine(string.Join(' ', Numbers(task.Sample(seed).Scene).Select(n => n.ToString("G12", CultureInfo.InvariantCulture))));
        }

        Assert.Equal("65442F832DFBF9CC", Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())))[..16]);
    }

    [Theory]
    [InlineData("\"cameraShiftM\": 0.003", "\"cameraShiftM\": 3", "mine.json: cameraShiftM: found 3; allowed: a number from 0 to 0.2")]
    [InlineData("\"floorRed\": [0.25, 0.36]", "\"floorRed\": [0.25, \"red\"]", "mine.json: floorRed[1]: found \"red\"; allowed: a number from 0 to 1")]
    [InlineData("\"floorRed\": [0.25, 0.36]", "\"floorRed\": 0.25", "mine.json: floorRed: found 0.25; allowed: an array of 2 numbers")]
    [InlineData("\"floorRed\": [0.25, 0.36]", "\"floorRed\": [0.36, 0.25]", "mine.json: floorRed: found [0.36, 0.25]; allowed: the lower number first")]
    [InlineData("\"paintOff\": 0.035,", "", "mine.json: paintOff: found nothing; allowed: the field is required")]
    [InlineData("\"paintOff\": 0.035", "\"paintOff\": 0.035, \"colour\": 1", "mine.json: colour: found an unknown field; allowed: $schema, keyLightBrightness, ")]
    [InlineData("\"paintOff\": 0.035", "\"paintOff\" 0.035", "mine.json: found what is no JSON (")]
    public void WhatIsWrongIsNamedWithWhatIsAllowed(string right, string wrong, string message)
    {
        Assert.Contains(right, Own, StringComparison.Ordinal);
        var error = Assert.Throws<InvalidDataException>(() => Randomisation.Parse(Own.Replace(right, wrong, StringComparison.Ordinal), "mine.json"));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatTheOwnFileHoldsConstantVariesWhereAFileSaysSoAndTheRestIsDrawnAsBefore()
    {
        var other = Randomisation.Parse(Own
            .Replace("\"tableSquaresContrast\": [0, 0]", "\"tableSquaresContrast\": [0.2, 0.6]", StringComparison.Ordinal)
            .Replace("\"slidingFriction\": [0.6, 0.6]", "\"slidingFriction\": [0.3, 0.9]", StringComparison.Ordinal)
            .Replace("\"densityKgM3\": [500, 500]", "\"densityKgM3\": [300, 800]", StringComparison.Ordinal)
            .Replace("\"cameraDelayFrames\": [0, 0]", "\"cameraDelayFrames\": [1, 3]", StringComparison.Ordinal), "other");
        var frictions = new HashSet<double>();
        for (var seed = 0UL; seed < 20; seed++)
        {
            var (mine, theirs) = (Finish(Randomisation.Parse(Own, "own"), seed), Finish(other, seed));
            Assert.Equal(Numbers(mine), Numbers(theirs));
            Assert.InRange(theirs.Look.TableContrast, 0.2, 0.6);
            Assert.InRange(theirs.SlidingFriction, 0.3, 0.9);
            Assert.InRange(theirs.DensityKgM3, 300, 800);
            Assert.InRange(theirs.PictureDelayFrames, 1, 3);
            frictions.Add(theirs.SlidingFriction);
        }

        Assert.Equal(20, frictions.Count);

        static Scene Finish(Randomisation ranges, ulong seed)
        {
            var random = new SceneRandom(seed);
            var scene = new Scene { Objects = [], Areas = [], Look = ranges.DrawLook(random), ArmOffsetRad = ranges.DrawArmOffset(random) };
            return ranges.DrawPhysics(random, scene);
        }
    }

    [Fact]
    public void FrictionAndMassReachThePlant()
    {
        var scene = TaskRegistry.Get("pick").Sample(7).Scene;
        var model = Encoding.UTF8.GetString(PlantModel.Write(TestRobot.Load(), scene with { SlidingFriction = 0.25, DensityKgM3 = 321 }));
        Assert.Contains("friction=\"0.25 0.01 0.0005\"", model, StringComparison.Ordinal);
        Assert.Contains("density=\"321\"", model, StringComparison.Ordinal);
        Assert.DoesNotContain("density=\"500\"", model, StringComparison.Ordinal);
    }

    [Fact]
    public void TheTablesSquaresAreSeenAndAsLargeAsTheSceneSays()
    {
        var camera = new CameraModel(TestRobot.Load().Cameras[0]);
        var scene = new Scene { Objects = [], Areas = [] };
        var (plain, squared) = (Picture(scene, camera), Picture(scene with { Look = scene.Look with { TableContrast = 0.8, TableSquareM = 0.1 } }, camera));
        var (edges, wasDark) = (0, (bool?)null);
        for (var y = -0.25; y < 0.25; y += 0.005)
        {
            var (u, v, _) = camera.Project(0.47, y, 0);
            var pixel = 3 * (((int)v * camera.WidthPx) + (int)u);
            var isDark = squared[pixel] < 0.6 * plain[pixel];
            edges += wasDark is { } was && was != isDark ? 1 : 0;
            wasDark = isDark;
        }

        Assert.InRange(edges, 4, 6); // 0.5 m
    }

    [Fact]
    public void APictureComesAsLateAsTheSceneSays()
    {
        var (onTime, late) = (Frames(delay: 0, count: 5), Frames(delay: 2, count: 7));
        Assert.Equal(5, onTime.Distinct().Count());
        Assert.Equal(onTime, late[2..]);
    }

    /// <summary>Fingerprints of the pictures that the controller is given while a thing is carried over the table.</summary>
    private static List<string> Frames(int delay, int count)
    {
        var scene = TaskRegistry.Get("pick").Sample(7).Scene with { PictureDelayFrames = delay };
        using var rig = new LockstepRig(TestRobot.Load(), scene, plant => new OraclePolicy(new PlantTruth(() => plant)), _ => new NoPlanner());
        var seen = new List<string>();
        while (seen.Count < count)
        {
            rig.Plant.SetObject(0, 0.35 + (0.02 * seen.Count), 0, 0);
            rig.Run(() => rig.Frame.TimeNs == rig.NowNs, 0.2);
            seen.Add(Convert.ToHexString(SHA256.HashData(rig.Frame.Bgr)));
        }

        return seen;
    }

    private static byte[] Picture(Scene scene, CameraModel camera)
    {
        using var plant = new MuJoCoPlant(TestRobot.Load(), scene);
        var frame = new CameraFrame(camera.WidthPx, camera.HeightPx);
        plant.Render("front", frame);
        return frame.Bgr;
    }

    /// <summary>All that a scene draws, in one row.</summary>
    private static IEnumerable<double> Numbers(Scene scene)
    {
        var look = scene.Look;
        return
        [
            .. scene.Objects.SelectMany(o => (double[])[o.WidthM, o.HeightM, o.X, o.Y, o.YawRad, o.BaseZ, o.Paint.R, o.Paint.G, o.Paint.B]),
            .. scene.Areas.SelectMany(a => (double[])[a.SideM, a.X, a.Y, a.HeightM, a.Paint.R, a.Paint.G, a.Paint.B]),
            .. look.KeyDirection, look.Key, look.Ambient, look.Tint.R, look.Tint.G, look.Tint.B, look.Table.R, look.Table.G, look.Table.B,
            look.Floor.R, look.Floor.G, look.Floor.B, .. look.CameraShiftM, .. look.CameraTurnRad, .. scene.ArmOffsetRad,
        ];
    }

    private sealed class NoPlanner : IPlanner
    {
        public PlannerReply Next(PlannerRequest request) => throw new NotSupportedException();
    }
}
