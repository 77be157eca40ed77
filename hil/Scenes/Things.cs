namespace Edge.Hil.Scenes;

/// <summary>Colours of things. Far apart in hue, so that they stay apart in a small picture under any of the lights.</summary>
public enum ThingColour
{
    /// <summary>Red.</summary>
    Red,

    /// <summary>Green.</summary>
    Green,

    /// <summary>Blue.</summary>
    Blue,

    /// <summary>Yellow.</summary>
    Yellow,

    /// <summary>Purple.</summary>
    Purple,

    /// <summary>Orange.</summary>
    Orange,
}

/// <summary>Shapes of objects. All stand on a flat face and have a flat top.</summary>
public enum ObjectShape
{
    /// <summary>A box with a square base.</summary>
    Cube,

    /// <summary>An upright cylinder.</summary>
    Cylinder,

    /// <summary>An upright prism on an equilateral triangle.</summary>
    Prism,

    /// <summary>A box twice as long as wide.</summary>
    Brick,
}

/// <summary>A red, green and blue part, 0..1.</summary>
public readonly record struct Rgb(double R, double G, double B);

/// <summary>
/// An object of a scene, standing upright on the table. Its frame's origin is its middle: half its height above the base, over the base's centroid.
/// </summary>
/// <param name="Shape">Shape.</param>
/// <param name="Colour">Colour as people name it.</param>
/// <param name="WidthM">Cube and brick: shorter side; cylinder: diameter; prism: side of the triangle.</param>
/// <param name="HeightM">Height.</param>
/// <param name="X">Centre, base frame, metres.</param>
/// <param name="Y">Centre, base frame, metres.</param>
/// <param name="YawRad">Turn about the vertical.</param>
/// <param name="Paint">Its very shade.</param>
public sealed record SceneObject(ObjectShape Shape, ThingColour Colour, double WidthM, double HeightM, double X, double Y, double YawRad, Rgb Paint)
{
    /// <summary>Height that its base starts at: more than 0 for what starts on top of another.</summary>
    public double BaseZ { get; init; }

    /// <summary>Longer side: along the object's own x.</summary>
    public double LengthM => Shape == ObjectShape.Brick ? 2 * WidthM : WidthM;

    /// <summary>Radius of the smallest circle about the centre that the base fits in.</summary>
    public double FootprintRadiusM => Shape switch
    {
        ObjectShape.Cylinder => WidthM / 2,
        ObjectShape.Prism => WidthM / Math.Sqrt(3),
        _ => Math.Sqrt((WidthM * WidthM) + (LengthM * LengthM)) / 2,
    };

    /// <summary>What people call it: <c>red cube</c>.</summary>
    public string Name { get; } = ThingNames.Of(Colour, Shape);
}

/// <summary>A mark that is seen and never felt: a flat coloured square on the table, or a ball that floats low over it.</summary>
/// <param name="Colour">Colour as people name it.</param>
/// <param name="SideM">Side; a ball's diameter.</param>
/// <param name="X">Centre, base frame, metres.</param>
/// <param name="Y">Centre, base frame, metres.</param>
/// <param name="Paint">Its very shade.</param>
public sealed record SceneArea(ThingColour Colour, double SideM, double X, double Y, Rgb Paint)
{
    /// <summary>Height of a ball's middle over the table; 0: a square that lies on it.</summary>
    public double HeightM { get; init; }

    /// <summary><c>area</c> or <c>ball</c>.</summary>
    public string Kind => HeightM > 0 ? "ball" : "area";

    /// <summary>What people call it: <c>blue area</c>, <c>red ball</c>.</summary>
    public string Name => $"{ThingNames.Colour(Colour)} {Kind}";

    /// <summary>How far (x, y) is inside the square's edge, metres; negative outside.</summary>
    public double Inside(double x, double y) => (SideM / 2) - Math.Max(Math.Abs(x - X), Math.Abs(y - Y));
}

/// <summary>A beam on a pivot, across the table: it lies on one of its stops unless what stands on it is balanced.</summary>
/// <param name="X">Pivot, base frame, metres.</param>
/// <param name="Y">Pivot, base frame, metres.</param>
public sealed record SceneBeam(double X, double Y)
{
    /// <summary>Half of its length (along y), of its width (along x) and of its thickness, metres.</summary>
    public const double HalfLengthM = 0.15, HalfWidthM = 0.032, HalfThicknessM = 0.004;

    /// <summary>Distances from the pivot at which blocks stand, metres.</summary>
    public const double InnerM = 0.06, OuterM = 0.12;

    /// <summary>Where blocks stand, all at the pivot's x: y, base frame, metres.</summary>
    public IReadOnlyList<double> PlacesY { get; } = [Y - OuterM, Y - InnerM, Y + InnerM, Y + OuterM];

    /// <summary>Height of the pivot, metres.</summary>
    public const double PivotZM = 0.035;

    /// <summary>The stops: turned so far either way, rad.</summary>
    public const double StopRad = 0.06;

    /// <summary>A weak spring draws it level, Nm/rad: without it a beam with its load above the pivot would never stay there.</summary>
    public const double StiffnessNmPerRad = 0.2;

    /// <summary>Height of its upper side over a point of the table, turned by <paramref name="angleRad"/>; 0 beside it.</summary>
    public double TopZ(double x, double y, double angleRad) =>
        Math.Abs(x - X) > HalfWidthM || Math.Abs(y - Y) > HalfLengthM ? 0 : PivotZM + HalfThicknessM + ((y - Y) * Math.Sin(angleRad));
}

/// <summary>Names of things.</summary>
public static class ThingNames
{
    private static readonly string[] Colours = ["red", "green", "blue", "yellow", "purple", "orange"];
    private static readonly string[] Shapes = ["cube", "cylinder", "prism", "brick"];

    /// <summary>Number of colours.</summary>
    public static int ColourCount => Colours.Length;

    /// <summary>Number of shapes.</summary>
    public static int ShapeCount => Shapes.Length;

    /// <summary>Colours and shapes that never come together in training: each colour once, and never a cube, which some tasks cannot do without.</summary>
    public static bool IsHeldOut(ThingColour colour, ObjectShape shape) => shape == colour switch
    {
        ThingColour.Red or ThingColour.Yellow => ObjectShape.Cylinder,
        ThingColour.Green or ThingColour.Purple => ObjectShape.Prism,
        _ => ObjectShape.Brick,
    };

    /// <summary>Name of an object.</summary>
    public static string Of(ThingColour colour, ObjectShape shape) => $"{Colour(colour)} {Of(shape)}";

    /// <summary>Name of a shape.</summary>
    public static string Of(ObjectShape shape) => Shapes[(int)shape];

    /// <summary>Name of a colour alone.</summary>
    public static string Colour(ThingColour colour) => Colours[(int)colour];
}
