using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Xunit;

namespace Edge.Tests.Tasks;

public sealed class SceneSamplerTests
{
    [Fact]
    public void ThingsHaveUnlikeNamesAndKeepTheirDistance()
    {
        for (var seed = 0UL; seed < 300; seed++)
        {
            var random = new SceneRandom(seed);
            var scene = SceneSampler.Draw(random, random.Between(1, 4), random.Between(0, 3));
            var names = scene.Objects.Select(o => o.Name).Concat(scene.Areas.Select(a => a.Name)).ToList();
            Assert.Equal(names.Count, names.Distinct().Count());
            foreach (var (a, i) in scene.Objects.Select((o, i) => (o, i)))
            {
                Assert.InRange(a.X, SceneSampler.MinX, SceneSampler.MaxX);
                Assert.InRange(a.Y, -SceneSampler.MaxAbsY, SceneSampler.MaxAbsY);
                Assert.InRange(a.HeightM, 0.025, 0.06);
                foreach (var b in scene.Objects.Skip(i + 1))
                    Assert.True(Distance(a.X - b.X, a.Y - b.Y) > a.FootprintRadiusM + b.FootprintRadiusM + 0.019);
                foreach (var area in scene.Areas)
                    Assert.True(area.Inside(a.X, a.Y) < -a.FootprintRadiusM);
            }
        }
    }

    [Fact]
    public void ASeedMeansTheSameSceneForEver()
    {
        var scene = SceneSampler.Draw(SceneRandom.For(500_000, "pick"), 3, 1);
        Assert.Equal(SceneSampler.Draw(SceneRandom.For(500_000, "pick"), 3, 1).Objects, scene.Objects);
        Assert.NotEqual(SceneSampler.Draw(SceneRandom.For(500_001, "pick"), 3, 1).Objects, scene.Objects);
        Assert.NotEqual(SceneSampler.Draw(SceneRandom.For(500_000, "touch"), 3, 1).Objects, scene.Objects);
    }

    [Fact]
    public void TrainingNeverSeesThePairsOfTheTestSplit()
    {
        foreach (var task in TaskRegistry.All)
        {
            var heldOut = 0;
            for (var seed = 0UL; seed < 20; seed++)
            {
                Assert.DoesNotContain(task.Sample(seed).Scene.Objects, IsHeldOut);
                Assert.DoesNotContain(task.Sample(seed).Picture?.Scene.Objects ?? [], IsHeldOut);
                heldOut += task.Sample(seed, DataSplit.Test).Scene.Objects.Any(IsHeldOut) ? 1 : 0;
            }

            var hasPairs = Enumerable.Range(0, 20).Any(seed => task.Sample((ulong)seed).Scene.Objects.Any(thing => thing.Shape != ObjectShape.Cube));
            Assert.True(!hasPairs || heldOut >= 5, $"{task.Name}: {heldOut} of 20 test scenes have an unseen pair");
        }

        static bool IsHeldOut(SceneObject thing) => ThingNames.IsHeldOut(thing.Colour, thing.Shape);
    }

    [Fact]
    public void TheTestSplitHasSizesAndATableThatTrainingNeverSees()
    {
        const double LeastM = 0.035, MostM = 0.050;
        foreach (var split in (DataSplit[])[DataSplit.Train, DataSplit.Test])
        {
            for (var seed = 0UL; seed < 20; seed++)
            {
                var scene = TaskRegistry.Get("touch").Sample(seed, split).Scene;
                Assert.Equal(split == DataSplit.Test, scene.Look.TableContrast > 0);
                foreach (var thing in scene.Objects.Where(thing => thing.Shape is ObjectShape.Cube or ObjectShape.Cylinder))
                {
                    Assert.InRange(thing.WidthM, LeastM - 0.0075, MostM + 0.0075);
                    Assert.Equal(split == DataSplit.Train, thing.WidthM is >= LeastM and < MostM);
                }
            }
        }
    }

    [Fact]
    public void TheGeneratorIsSplitMix64()
    {
        // Reference values of the published algorithm for seed 1234567.
        var random = new SceneRandom(1234567);
        Assert.Equal([6457827717110365317UL, 3203168211198807973UL, 9817491932198370423UL], [random.NextBits(), random.NextBits(), random.NextBits()]);
    }

    private static double Distance(double dx, double dy) => Math.Sqrt((dx * dx) + (dy * dy));
}
