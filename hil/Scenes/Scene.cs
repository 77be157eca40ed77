namespace Edge.Hil.Scenes;

/// <summary>Everything that a plant needs to set the table: things, light, and how the arm starts.</summary>
public sealed record Scene
{
    /// <summary>Objects; their index is their identity everywhere in the rig.</summary>
    public required IReadOnlyList<SceneObject> Objects { get; init; }

    /// <summary>Flat areas.</summary>
    public required IReadOnlyList<SceneArea> Areas { get; init; }

    /// <summary>A beam on a pivot; null: there is none.</summary>
    public SceneBeam? Beam { get; init; }

    /// <summary>Light, tints and the camera's misplacement.</summary>
    public SceneLook Look { get; init; } = SceneLook.Plain;

    /// <summary>Index of the object that hangs on the cup at the start; -1 for none.</summary>
    public int HeldAtStart { get; init; } = -1;

    /// <summary>Start of the joints relative to the robot's home, rad; missing joints start at home.</summary>
    public IReadOnlyList<double> ArmOffsetRad { get; init; } = [];

    /// <summary>Coefficient of friction between things, table and arm.</summary>
    public double SlidingFriction { get; init; } = 0.6;

    /// <summary>Density of every object, kg/m3.</summary>
    public double DensityKgM3 { get; init; } = 500;

    /// <summary>The robot's camera delivers the picture that it took so many pictures ago.</summary>
    public int PictureDelayFrames { get; init; }
}

/// <summary>Light, tints, and how far the camera sits from where its calibration says.</summary>
public sealed record SceneLook
{
    /// <summary>No variation at all.</summary>
    public static SceneLook Plain { get; } = new();

    /// <summary>Direction in which the key light shines (base frame, any length).</summary>
    public double[] KeyDirection { get; init; } = [0.35, 0.55, -1];

    /// <summary>Brightness of the key light, 0..1.</summary>
    public double Key { get; init; } = 0.55;

    /// <summary>Brightness of the light from everywhere, 0..1.</summary>
    public double Ambient { get; init; } = 0.42;

    /// <summary>Brightness of a light from the arm's far side that casts no shadows, 0..1.</summary>
    public double Fill { get; init; } = 0.18;

    /// <summary>Colour of the light.</summary>
    public Rgb Tint { get; init; } = new(1, 1, 1);

    /// <summary>Colour of the table.</summary>
    public Rgb Table { get; init; } = new(0.74, 0.72, 0.69);

    /// <summary>Every other square of the table is darker by this share, 0..1; 0: the table is plain.</summary>
    public double TableContrast { get; init; }

    /// <summary>Side of those squares, metres.</summary>
    public double TableSquareM { get; init; } = 0.05;

    /// <summary>Colour of the floor.</summary>
    public Rgb Floor { get; init; } = new(0.30, 0.32, 0.36);

    /// <summary>True position of the robot's camera minus its calibrated one, metres, base frame.</summary>
    public double[] CameraShiftM { get; init; } = [0, 0, 0];

    /// <summary>True turn of the robot's camera against its calibrated one: rotation vector, rad, base frame.</summary>
    public double[] CameraTurnRad { get; init; } = [0, 0, 0];
}
