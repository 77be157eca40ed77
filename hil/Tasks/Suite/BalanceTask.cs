using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;

namespace Edge.Hil.Tasks;

/// <summary>Put all blocks on the beam so that it balances: as much mass on the one side as on the other. Judged by the beam: 1 degree off its stops, slower than 1 degree a second.</summary>
public sealed class BalanceTask : RigTask
{
    private const double OffStopsRad = Math.PI / 180, StillRadS = Math.PI / 180;

    private const double ThereM = 0.02, OnBeamM = 0.02;

    /// <summary>Blocks of one width; one is half as high again, and half as heavy again, as the other.</summary>
    private static readonly ObjectSize Light = new(0.036, 0.036, 0.027, 0.027, CubesAreCubes: false), Heavy = new(0.036, 0.036, 0.0405, 0.0405, CubesAreCubes: false);

    /// <inheritdoc/>
    public override string Name => "balance";

    /// <inheritdoc/>
    public override OracleCall Next(Scene scene, TaskGoal goal, WorldState world, IReadOnlyList<MemoryEntry> memory)
    {
        ArgumentNullException.ThrowIfNull(scene);
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(world);
        for (var i = 0; i < goal.Objects.Count; i++)
        {
            var thing = goal.Objects[i];
            var spot = goal.Spots[i];
            if (world.Held == thing)
                return OracleCall.At("place", spot.X, spot.Y);
            if (world.Held < 0 && !(IsOnBeam(world, thing) && world.Objects[thing].DistanceTo(spot.X, spot.Y) < ThereM))
                return Pick(world, thing);
        }

        return OracleCall.Done;
    }

    /// <inheritdoc/>
    public override bool IsSuccess(Scene scene, TaskGoal goal, WorldState start, WorldState now)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(now);
        return goal.Objects.All(thing => now.Held != thing && IsOnBeam(now, thing))
            && Math.Abs(now.BeamRad) < SceneBeam.StopRad - OffStopsRad && Math.Abs(now.BeamRadS) < StillRadS;
    }

    /// <inheritdoc/>
    protected override (Scene Scene, TaskGoal Goal) Draw(SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var beam = new SceneBeam(random.Range(0.44, 0.50), random.Range(-0.03, 0.03));
        // Of three the first is heavy: far out it outweighs the other two. Two or four all weigh the same. One shape: a cylinder is lighter than a cube.
        // Always far out first: how many there are matters for the third alone, when the table shows whether one is left.
        var names = SceneSampler.DrawNames(random, random.Between(2, 4), random.Chance(0.5) ? ObjectShape.Cube : ObjectShape.Cylinder);
        var scene = SceneSampler.Draw(random, new SceneOrder
        {
            Objects = [.. names.Select((name, i) => new ObjectOrder(name.Colour, name.Shape, names.Count == 3 && i == 0 ? Heavy : Light))],
            Allows = (thing, _) => Math.Abs(thing.X - beam.X) > SceneBeam.HalfWidthM + 0.05 || Math.Abs(thing.Y - beam.Y) > SceneBeam.HalfLengthM + 0.05,
            GapM = 0.03,
        });
        double[] offsets = names.Count switch
        {
            2 => [-SceneBeam.OuterM, SceneBeam.OuterM],
            3 => [-SceneBeam.OuterM, SceneBeam.OuterM, SceneBeam.InnerM],
            _ => [-SceneBeam.OuterM, SceneBeam.OuterM, -SceneBeam.InnerM, SceneBeam.InnerM],
        };
        return (scene with { Beam = beam }, new TaskGoal(-1)
        {
            Objects = [.. NearFirst(scene).OrderByDescending(thing => scene.Objects[thing].HeightM)],
            Spots = [.. offsets.Select(y => (beam.X, beam.Y + y))],
        });
    }

    private static bool IsOnBeam(WorldState world, int thing) => world.Objects[thing].ClearanceM > OnBeamM;
}
