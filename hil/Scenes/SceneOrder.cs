namespace Edge.Hil.Scenes;

/// <summary>What a task wants on its table; the rest is chance.</summary>
public sealed record SceneOrder
{
    /// <summary>Objects, in the scene's order.</summary>
    public IReadOnlyList<ObjectOrder> Objects { get; init; } = [];

    /// <summary>Areas and balls, in the scene's order.</summary>
    public IReadOnlyList<AreaOrder> Areas { get; init; } = [];

    /// <summary>The object that hangs on the cup at the start; -1: none.</summary>
    public int Held { get; init; } = -1;

    /// <summary>Least gap between two objects, metres.</summary>
    public double GapM { get; init; } = SceneSampler.ObjectGapM;

    /// <summary>May an object stand where it was drawn, given those before it?</summary>
    public Func<SceneObject, IReadOnlyList<SceneObject>, bool> Allows { get; init; } = (_, _) => true;
}

/// <summary>One object wanted.</summary>
/// <param name="Colour">Its colour.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Size">Its size.</param>
public sealed record ObjectOrder(ThingColour Colour, ObjectShape Shape, ObjectSize Size)
{
    /// <summary>The earlier object that it starts on; -1: the table.</summary>
    public int Under { get; init; } = -1;

    /// <summary>The area in whose middle it starts; -1: none.</summary>
    public int InArea { get; init; } = -1;

    /// <summary>Distance from the base, metres, for what is to be out of reach; null: within reach.</summary>
    public (double Min, double Max)? FarM { get; init; }
}

/// <summary>One area or ball wanted.</summary>
/// <param name="Colour">Its colour.</param>
public sealed record AreaOrder(ThingColour Colour)
{
    /// <summary>Side, metres.</summary>
    public double MinSideM { get; init; } = 0.09;

    /// <summary>Side, metres.</summary>
    public double MaxSideM { get; init; } = 0.12;

    /// <summary>Height of a ball's middle; 0: a square.</summary>
    public double HeightM { get; init; }

    /// <summary>Further gap to other areas, metres.</summary>
    public double GapM { get; init; }

    /// <summary>Distance from the base, metres, for what is to be out of reach; null: within reach.</summary>
    public (double Min, double Max)? FarM { get; init; }

    /// <summary>A small ball, floating where the cup can be brought.</summary>
    public static AreaOrder Ball(ThingColour colour) => new(colour) { MinSideM = 0.03, MaxSideM = 0.036, HeightM = 0.05, GapM = 0.06 };
}

/// <summary>A range of sizes, metres; prisms are a little wider and bricks narrower.</summary>
public sealed record ObjectSize(double MinWidthM, double MaxWidthM, double MinHeightM, double MaxHeightM, bool CubesAreCubes = true)
{
    /// <summary>Anything that the cup can hold.</summary>
    public static ObjectSize Any { get; } = new(0.040, 0.050, 0.025, 0.055);

    /// <summary>Wide and flat: it slides under the cup without tipping.</summary>
    public static ObjectSize Flat { get; } = new(0.045, 0.055, 0.020, 0.026, CubesAreCubes: false);

    /// <summary>Slim and tall: it topples.</summary>
    public static ObjectSize Tall { get; } = new(0.034, 0.038, 0.080, 0.090, CubesAreCubes: false);

    /// <summary>So slim and tall that a thrown thing knocks it over.</summary>
    public static ObjectSize Slim { get; } = new(0.022, 0.024, 0.112, 0.118, CubesAreCubes: false);

    /// <summary>Wide and not too high: it carries others.</summary>
    public static ObjectSize Block { get; } = new(0.044, 0.050, 0.030, 0.038, CubesAreCubes: false);

    /// <summary>Small: several fit on one area.</summary>
    public static ObjectSize Small { get; } = new(0.036, 0.041, 0.025, 0.045);

    /// <summary>Two sizes that are told apart at a glance.</summary>
    public static ObjectSize Lesser { get; } = new(0.030, 0.033, 0.030, 0.033);

    /// <summary>See <see cref="Lesser"/>.</summary>
    public static ObjectSize Greater { get; } = new(0.052, 0.056, 0.050, 0.056);
}
