namespace Edge.Control;

/// <summary>How a tool pose changes, base frame: metres per second, yaw in radians per second.</summary>
public readonly record struct ToolVelocity(double X, double Y, double Z, double Yaw);

/// <summary>Where the tool is to be and how it moves there, base frame.</summary>
public readonly record struct ToolMotion(ToolPose Pose, ToolVelocity Velocity);
