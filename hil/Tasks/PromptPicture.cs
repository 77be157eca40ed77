using Edge.Cameras;
using Edge.Control;
using Edge.Control.Motion;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Robots;

namespace Edge.Hil.Tasks;

/// <summary>The picture that goes with a sentence which alone does not say what is wanted: taken by the robot's own camera at another time.</summary>
/// <param name="Scene">What stands where.</param>
/// <param name="Tool">Where the tool is, base frame; null: at home.</param>
public sealed record PromptPicture(Scene Scene, ToolPose? Tool = null)
{
    private const int JpegQuality = 90;
    private const int MaxJpegBytes = 512 * 1024;

    /// <summary>Takes it with the planner's camera.</summary>
    public CameraFrame Frame(RobotDescription robot)
    {
        ArgumentNullException.ThrowIfNull(robot);
        var camera = robot.PlannerCamera;
        var frame = new CameraFrame(camera.WidthPx, camera.HeightPx);
        return ImageOps.TryDecodeJpeg(Take(robot), frame.Bgr, frame.WidthPx, frame.HeightPx) ? frame : throw new InvalidOperationException("A picture did not survive its own JPEG.");
    }

    /// <summary>Takes it with the planner's camera: JPEG, as a person would send it.</summary>
    public byte[] Take(RobotDescription robot)
    {
        ArgumentNullException.ThrowIfNull(robot);
        using var plant = new MuJoCoPlant(robot, Scene);
        var joints = default(JointVector);
        for (var i = 0; i < plant.JointCount; i++)
            joints[i] = robot.HomeRad[i];
        if (Tool is { } pose && !new ArmKinematics(robot).TrySolve(pose, ref joints))
            throw new InvalidOperationException($"The arm does not reach ({pose.X:F3}, {pose.Y:F3}, {pose.Z:F3}) m for a picture.");
        plant.SetJoints(((ReadOnlySpan<double>)joints)[..plant.JointCount]);
        var camera = robot.PlannerCamera;
        var frame = new CameraFrame(camera.WidthPx, camera.HeightPx);
        plant.Render(camera.Name, frame);
        var jpeg = new byte[MaxJpegBytes];
        return jpeg[..ImageOps.EncodeJpeg(frame.Bgr, frame.WidthPx, frame.HeightPx, JpegQuality, jpeg)];
    }
}
