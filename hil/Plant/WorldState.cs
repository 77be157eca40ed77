using Edge.Control;

namespace Edge.Hil.Plant;

/// <summary>Ground truth: where everything is and what has happened to it. Success is judged from this alone. Reused.</summary>
public sealed class WorldState(int objectCount)
{
    /// <summary>The objects, in the scene's order.</summary>
    public ObjectState[] Objects { get; } = new ObjectState[objectCount];

    /// <summary>Index of the object on the cup; -1 for none.</summary>
    public int Held { get; set; } = -1;

    /// <summary>Where the cup's lip is.</summary>
    public ToolPose Tool { get; set; }

    /// <summary>Turn of the scene's beam about its pivot, rad; 0 where there is no beam.</summary>
    public double BeamRad { get; set; }

    /// <summary>Its angular speed, rad/s.</summary>
    public double BeamRadS { get; set; }

    /// <summary>Speed of the fastest joint, rad/s.</summary>
    public double ArmSpeedRadS { get; set; }

    /// <summary>How many of the task's milestones have been reached: <see cref="Tasks.RigTask.Advance"/> keeps count.</summary>
    public int Milestone { get; set; }

    /// <summary>Simulated time, seconds.</summary>
    public double TimeSeconds { get; set; }
}

/// <summary>Ground truth of one object; base frame, metres, radians.</summary>
public struct ObjectState
{
    /// <summary>Middle of the object.</summary>
    public double X, Y, Z;

    /// <summary>Turn about the vertical.</summary>
    public double YawRad;

    /// <summary>Angle between the object's own upward axis and the vertical.</summary>
    public double TiltRad;

    /// <summary>Speed of its middle, m/s.</summary>
    public double SpeedMS;

    /// <summary>Angular speed, rad/s.</summary>
    public double TurnRateRadS;

    /// <summary>Height of its lowest point above the table.</summary>
    public double ClearanceM;

    /// <summary>The tool has touched it since the start of the episode.</summary>
    public bool Touched;

    /// <summary>It has hung on the cup since the start of the episode (a thing held from the start counts).</summary>
    public bool EverHeld;

    private int _carrierPlusOne;
    private uint _met;

    /// <summary>The object that carries it: from below, with more than half of its weight; -1 for none.</summary>
    public int Carrier
    {
        readonly get => _carrierPlusOne - 1;
        set => _carrierPlusOne = value + 1;
    }

    /// <summary>Has it met another object since it was last let go (or since the start)?</summary>
    public readonly bool HasMet(int other) => (_met & (1u << other)) != 0;

    /// <summary>Sets what <see cref="HasMet"/> tells: a bit for each object.</summary>
    public void SetMet(uint bits) => _met = bits;

    /// <summary>At rest: slower than 1 mm/s and 0.01 rad/s.</summary>
    public readonly bool IsStatic => SpeedMS < 1e-3 && TurnRateRadS < 1e-2;

    /// <summary>Distance in the plane of the table from a point, metres.</summary>
    public readonly double DistanceTo(double x, double y) => Math.Sqrt(((X - x) * (X - x)) + ((Y - y) * (Y - y)));
}

/// <summary>A contact of the arm with a thing.</summary>
/// <param name="Link">Index of the joint whose link touches; the number of joints: the tool.</param>
/// <param name="Thing">Index of the object; -1: the table.</param>
/// <param name="ForceN">Magnitude of the force.</param>
public readonly record struct ArmContact(int Link, int Thing, double ForceN);
