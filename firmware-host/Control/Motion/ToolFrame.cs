namespace Edge.Control.Motion;

/// <summary>A full pose in the base frame: rotation matrix (columns are the frame's axes) and origin in metres.</summary>
public struct ToolFrame
{
    /// <summary>Rotation, first row.</summary>
    public double R00, R01, R02;

    /// <summary>Rotation, second row.</summary>
    public double R10, R11, R12;

    /// <summary>Rotation, third row.</summary>
    public double R20, R21, R22;

    /// <summary>Origin, metres.</summary>
    public double X, Y, Z;

    /// <summary>The base frame itself.</summary>
    public static ToolFrame Identity => new() { R00 = 1, R11 = 1, R22 = 1 };

    /// <summary>The frame of a tool that points straight down: its x axis is turned by the yaw about base z, its z axis is (0, 0, -1).</summary>
    public static ToolFrame PointingDown(in ToolPose pose)
    {
        var (s, c) = Math.SinCos(pose.Yaw);
        return new() { R00 = c, R01 = s, R10 = s, R11 = -c, R22 = -1, X = pose.X, Y = pose.Y, Z = pose.Z };
    }

    /// <summary>Position and yaw; whatever tilt the tool has is left out.</summary>
    public readonly ToolPose ToToolPose() => new(X, Y, Z, Math.Atan2(R10, R00));

    /// <summary>Where a point given in this frame lies in the base frame, metres.</summary>
    public readonly (double X, double Y, double Z) Transform(double x, double y, double z) => (
        X + (R00 * x) + (R01 * y) + (R02 * z),
        Y + (R10 * x) + (R11 * y) + (R12 * z),
        Z + (R20 * x) + (R21 * y) + (R22 * z));

    /// <summary>Moves the origin by a vector given in this frame, metres.</summary>
    internal void Translate(double x, double y, double z) => (X, Y, Z) = Transform(x, y, z);

    /// <summary>Turns the frame about its own x axis.</summary>
    internal void TurnAboutX(double sin, double cos)
    {
        (R01, R02) = ((R01 * cos) + (R02 * sin), (R02 * cos) - (R01 * sin));
        (R11, R12) = ((R11 * cos) + (R12 * sin), (R12 * cos) - (R11 * sin));
        (R21, R22) = ((R21 * cos) + (R22 * sin), (R22 * cos) - (R21 * sin));
    }

    /// <summary>Turns the frame about its own z axis.</summary>
    internal void TurnAboutZ(double sin, double cos)
    {
        (R00, R01) = ((R00 * cos) + (R01 * sin), (R01 * cos) - (R00 * sin));
        (R10, R11) = ((R10 * cos) + (R11 * sin), (R11 * cos) - (R10 * sin));
        (R20, R21) = ((R20 * cos) + (R21 * sin), (R21 * cos) - (R20 * sin));
    }
}
