namespace Edge.Hil.Scenes;

/// <summary>
/// Draws scenes: things of unlike names at places where they neither touch nor overlap, under a light of their own. The same generator state gives the same
/// scene.
/// </summary>
public static class SceneSampler
{
    /// <summary>Where the centres of objects may be, base frame, metres.</summary>
    public const double MinX = 0.30, MaxX = 0.56, MaxAbsY = 0.25;

    /// <summary>Least gap between two objects, and between an object and an area, metres.</summary>
    public const double ObjectGapM = 0.02, AreaGapM = 0.012;

    /// <summary>How often the test split takes a pair that training has seen, where it comes up.</summary>
    private const double SeenPairShare = 0.1;

    /// <summary>What is far lies within this angle of straight ahead, rad.</summary>
    private const double FarAngleRad = 0.33;

    private static readonly Rgb[] Paints =
    [
        new(0.80, 0.07, 0.07), // red
        new(0.08, 0.56, 0.15), // green
        new(0.07, 0.20, 0.82), // blue
        new(0.95, 0.80, 0.05), // yellow
        new(0.48, 0.12, 0.62), // purple
        new(0.96, 0.42, 0.04), // orange
    ];

    /// <summary>Draws a scene with so many objects and areas; the object <paramref name="held"/> (-1: none) hangs on the cup instead of standing.</summary>
    public static Scene Draw(SceneRandom random, int objects, int areas, int held = -1)
    {
        ArgumentNullException.ThrowIfNull(random);
        var kinds = DrawKinds(random, objects);
        var colours = Enumerable.Range(0, ThingNames.ColourCount).Select(c => (ThingColour)c).ToArray();
        random.Shuffle(colours);
        while (true)
        {
            var placedAreas = new List<SceneArea>(areas);
            var placedObjects = new List<SceneObject>(objects);
            for (var i = 0; i < areas && TryPlace(random, new AreaOrder(colours[i]), placedAreas); i++)
            {
            }

            for (var i = 0; i < objects && placedAreas.Count == areas && TryPlaceObject(random, kinds[i], placedAreas, placedObjects, held); i++)
            {
            }

            if (placedAreas.Count == areas && placedObjects.Count == objects)
                return Finish(random, placedObjects, placedAreas, held);
        }
    }

    /// <summary>Draws a scene to order.</summary>
    public static Scene Draw(SceneRandom random, SceneOrder order)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(order);
        while (true)
        {
            var areas = new List<SceneArea>(order.Areas.Count);
            var objects = new List<SceneObject>(order.Objects.Count);
            if (order.Areas.All(wanted => TryPlace(random, wanted, areas)) && order.Objects.All(wanted => TryPlace(random, wanted, areas, objects, order)))
                return Finish(random, objects, areas, order.Held);
        }
    }

    /// <summary>Unlike names for objects, drawn from some of the shapes.</summary>
    public static List<(ThingColour Colour, ObjectShape Shape)> DrawNames(SceneRandom random, int count, params ReadOnlySpan<ObjectShape> shapes)
    {
        ArgumentNullException.ThrowIfNull(random);
        var names = new List<(ThingColour Colour, ObjectShape Shape)>(count);
        while (names.Count < count)
        {
            var name = ((ThingColour)random.Below(ThingNames.ColourCount), shapes[random.Below(shapes.Length)]);
            if (!names.Contains(name) && Allows(random, name.Item1, name.Item2))
                names.Add(name);
        }

        return names;
    }

    /// <summary>One of some shapes for a thing of a colour.</summary>
    public static ObjectShape DrawShape(SceneRandom random, ThingColour colour, params ReadOnlySpan<ObjectShape> shapes)
    {
        ArgumentNullException.ThrowIfNull(random);
        while (true)
        {
            var shape = shapes[random.Below(shapes.Length)];
            if (Allows(random, colour, shape))
                return shape;
        }
    }

    /// <summary>Unlike colours.</summary>
    public static ThingColour[] DrawColours(SceneRandom random, int count)
    {
        ArgumentNullException.ThrowIfNull(random);
        var colours = Enumerable.Range(0, ThingNames.ColourCount).Select(c => (ThingColour)c).ToArray();
        random.Shuffle(colours);
        return colours[..count];
    }

    /// <summary>What is drawn once the things have their places.</summary>
    private static Scene Finish(SceneRandom random, List<SceneObject> objects, List<SceneArea> areas, int held)
    {
        var ranges = Randomisation.Present;
        var scene = new Scene { Objects = objects, Areas = areas, Look = ranges.DrawLook(random), HeldAtStart = held, ArmOffsetRad = ranges.DrawArmOffset(random) };
        return ranges.DrawPhysics(random, scene);
    }

    /// <summary>
    /// Unlike (colour, shape) pairs. The first is the one that tasks name; with three chances in four the second shares its colour or its shape, so that
    /// neither alone tells them apart.
    /// </summary>
    private static List<(ThingColour Colour, ObjectShape Shape)> DrawKinds(SceneRandom random, int count)
    {
        var kinds = new List<(ThingColour Colour, ObjectShape Shape)>(count);
        while (kinds.Count < count)
        {
            var kind = (Colour: (ThingColour)random.Below(ThingNames.ColourCount), Shape: (ObjectShape)random.Below(ThingNames.ShapeCount));
            if (kinds.Count == 1 && random.Chance(0.75))
                kind = random.Chance(0.5) ? (kinds[0].Colour, kind.Shape) : (kind.Colour, kinds[0].Shape);
            if (!kinds.Contains(kind) && Allows(random, kind.Colour, kind.Shape))
                kinds.Add(kind);
        }

        return kinds;
    }

    /// <summary>In training no pair that is held out; else mostly these.</summary>
    private static bool Allows(SceneRandom random, ThingColour colour, ObjectShape shape) => random.Split == DataSplit.Train
        ? !ThingNames.IsHeldOut(colour, shape)
        : ThingNames.IsHeldOut(colour, shape) || random.Chance(SeenPairShare);

    /// <summary>In the test split a thing is narrower or wider than any of its task in training, by half of the range at most.</summary>
    private static double DrawWidth(SceneRandom random, double least, double most)
    {
        var width = random.Range(least, most);
        var half = (most - least) / 2;
        return random.Split == DataSplit.Train ? width : width < least + half ? width - half : width + half;
    }

    private static bool TryPlace(SceneRandom random, AreaOrder wanted, List<SceneArea> placed)
    {
        for (var attempt = 0; attempt < 40; attempt++)
        {
            var side = random.Range(wanted.MinSideM, wanted.MaxSideM);
            var (x, y) = DrawSpot(random, wanted.FarM, 0.34, 0.53, 0.22);
            if (placed.Exists(a => Math.Max(Math.Abs(a.X - x), Math.Abs(a.Y - y)) < ((a.SideM + side) / 2) + AreaGapM + wanted.GapM))
                continue;
            placed.Add(new SceneArea(wanted.Colour, side, x, y, Randomisation.Present.DrawShade(random, Paints[(int)wanted.Colour])) { HeightM = wanted.HeightM });
            return true;
        }

        return false;
    }

    private static bool TryPlace(SceneRandom random, ObjectOrder wanted, List<SceneArea> areas, List<SceneObject> placed, SceneOrder order)
    {
        var size = wanted.Size;
        for (var attempt = 0; attempt < 40; attempt++)
        {
            var widen = wanted.Shape == ObjectShape.Prism ? 1.2 : wanted.Shape == ObjectShape.Brick ? 0.7 : 1;
            var width = DrawWidth(random, size.MinWidthM, size.MaxWidthM) * widen;
            var height = wanted.Shape == ObjectShape.Cube && size.CubesAreCubes ? width : random.Range(size.MinHeightM, size.MaxHeightM);
            var (x, y) = DrawSpot(random, wanted.FarM, MinX, MaxX, MaxAbsY);
            var thing = new SceneObject(wanted.Shape, wanted.Colour, width, height, x, y, random.Range(-Math.PI, Math.PI), Randomisation.Present.DrawShade(random, Paints[(int)wanted.Colour]));
            if (wanted.Under >= 0)
            {
                var under = placed[wanted.Under];
                thing = thing with { X = under.X, Y = under.Y, BaseZ = under.BaseZ + under.HeightM };
            }
            else if (wanted.InArea >= 0)
            {
                thing = thing with { X = areas[wanted.InArea].X, Y = areas[wanted.InArea].Y };
            }

            var stands = placed.Count != order.Held && wanted.Under < 0;
            if (stands && (!IsFree(thing, wanted.InArea >= 0 ? [] : areas, placed, order.Held, order.GapM) || !order.Allows(thing, placed)))
                continue;
            placed.Add(thing);
            return true;
        }

        return false;
    }

    private static (double X, double Y) DrawSpot(SceneRandom random, (double Min, double Max)? farM, double minX, double maxX, double maxAbsY)
    {
        if (farM is not { } far)
            return (random.Range(minX, maxX), random.Range(-maxAbsY, maxAbsY));
        double distance = random.Range(far.Min, far.Max), angle = random.Range(-FarAngleRad, FarAngleRad);
        return (distance * Math.Cos(angle), distance * Math.Sin(angle));
    }

    private static bool TryPlaceObject(SceneRandom random, (ThingColour Colour, ObjectShape Shape) kind, List<SceneArea> areas, List<SceneObject> placed, int held)
    {
        for (var attempt = 0; attempt < 40; attempt++)
        {
            var width = kind.Shape switch
            {
                ObjectShape.Prism => DrawWidth(random, 0.048, 0.056),
                ObjectShape.Brick => DrawWidth(random, 0.030, 0.035),
                _ => DrawWidth(random, 0.035, 0.050),
            };
            var height = kind.Shape == ObjectShape.Cube ? width : random.Range(0.025, 0.060);
            var thing = new SceneObject(kind.Shape, kind.Colour, width, height, random.Range(MinX, MaxX), random.Range(-MaxAbsY, MaxAbsY),
                random.Range(-Math.PI, Math.PI), Randomisation.Present.DrawShade(random, Paints[(int)kind.Colour]));
            var standing = placed.Count != held;
            if (standing && !IsFree(thing, areas, placed, held, ObjectGapM))
                continue;
            placed.Add(thing);
            return true;
        }

        return false;
    }

    private static bool IsFree(SceneObject thing, List<SceneArea> areas, List<SceneObject> placed, int held, double gapM)
    {
        for (var i = 0; i < placed.Count; i++)
        {
            var least = placed[i].FootprintRadiusM + thing.FootprintRadiusM + gapM;
            if (i != held && Squared(placed[i].X - thing.X) + Squared(placed[i].Y - thing.Y) < least * least)
                return false;
        }

        return areas.TrueForAll(a => a.Inside(thing.X, thing.Y) < -(thing.FootprintRadiusM + AreaGapM));
    }

    private static double Squared(double a) => a * a;
}
