using Edge.Cameras;
using Edge.Control;
using Edge.Drives;
using Edge.Planner;
using Edge.Policy;
using Edge.Realtime;
using Edge.Robots;
using Edge.Tasks;

namespace Edge.Host;

/// <summary>
/// All stages of one robot, joined by their mailboxes. It starts no thread: the process gives each stage its own, the rig's lockstep runner calls them in turn.
/// </summary>
public sealed class Controller : IDisposable
{
    private readonly LatestMailbox<CameraFrame> _policyFrames;
    private readonly LatestMailbox<CameraFrame> _plannerFrames;
    private readonly DriveSet _drives;
    private readonly CameraSteadier _steadier;
    private readonly CameraFrame _plannerFrame;

    /// <summary>Joins the stages.</summary>
    /// <param name="robot">A checked robot file.</param>
    /// <param name="drives">Opened devices; owned from here on.</param>
    /// <param name="policy">Makes chunks.</param>
    /// <param name="planner">Writes calls.</param>
    /// <param name="memory">Keeps calls.</param>
    /// <param name="clock">Only measures durations.</param>
    /// <param name="memoryEnabled">False: the planner works without memory.</param>
    /// <param name="exercisePlanner">True: the planner never rests; see <see cref="PlannerStage.Exercise"/>.</param>
    public Controller(
        RobotDescription robot, DriveSet drives, IChunkPolicy policy, IPlanner planner, PlannerMemory memory, IClock clock, bool memoryEnabled = true, bool exercisePlanner = false)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(drives);
        Robot = robot;
        _drives = drives;
        // One camera serves both today: the robot file names it twice, and the check of the file says so where they differ.
        Camera = robot.PolicyCamera;
        _policyFrames = new(() => new CameraFrame(Camera.WidthPx, Camera.HeightPx));
        _plannerFrames = new(() => new CameraFrame(Camera.WidthPx, Camera.HeightPx));
        _plannerFrame = new CameraFrame(Camera.WidthPx, Camera.HeightPx);
        _steadier = new CameraSteadier(Camera);
        Loop = new ControlLoop(robot, drives.Groups, drives.Tool);
        Policy = new PolicyStage(policy, Loop.Snapshots, _policyFrames, Loop.Chunks, robot.Policy, Camera.WidthPx, Camera.HeightPx, clock);
        Planner = new PlannerStage(planner)
        {
            Exercise = exercisePlanner ? new PlannerRequest("swap the red cube and the blue cube", new CameraFrame(Camera.WidthPx, Camera.HeightPx), []) : null,
        };
        Tasks = new TaskExecutor(robot, Planner, memory, new PolicyRunner(Policy), new LoopMotion(Loop.Commands, Loop.Snapshots), NewestFrame) { MemoryEnabled = memoryEnabled };
    }

    /// <summary>The robot.</summary>
    public RobotDescription Robot { get; }

    /// <summary>The camera that planner and policy look through.</summary>
    public CameraDescription Camera { get; }

    /// <summary>The control loop.</summary>
    public ControlLoop Loop { get; }

    /// <summary>The policy stage.</summary>
    public PolicyStage Policy { get; }

    /// <summary>The planner stage.</summary>
    public PlannerStage Planner { get; }

    /// <summary>The task executor; its thread is also the planner frames' reader.</summary>
    public TaskExecutor Tasks { get; }

    /// <summary>Frames taken so far.</summary>
    public long Frames { get; private set; }

    /// <summary>How far the camera's movement since its calibration moves things on the table, metres; made up for.</summary>
    public double CameraOffM => _steadier.OffM;

    /// <summary>Takes a new picture: for the policy and for the planner, and a sign of life for the loop. Called by the camera's thread alone.</summary>
    public void OnFrame(CameraFrame frame)
    {
        ArgumentNullException.ThrowIfNull(frame);
        Frames++;
        Steady(frame, _policyFrames.WriteSlot);
        _policyFrames.Publish();
        _plannerFrames.WriteSlot.CopyFrom(frame);
        _plannerFrames.Publish();
        Loop.LastFrameNs = frame.TimeNs;
    }

    /// <summary>Writes a picture as the policy gets it: as the calibrated camera would have seen the table.</summary>
    public void Steady(CameraFrame frame, CameraFrame steady) => _steadier.Steady(frame, steady);

    /// <inheritdoc/>
    public void Dispose()
    {
        Planner.Dispose();
        _drives.Dispose();
    }

    /// <summary>The newest picture for the planner, who asks when the arm has come to rest at home: then the marks on the table can be seen.</summary>
    private CameraFrame? NewestFrame()
    {
        if (_plannerFrames.TryTake(out var frame))
        {
            _steadier.Look(frame);
            _steadier.Steady(frame, _plannerFrame);
        }

        return _plannerFrame.Sequence > 0 ? _plannerFrame : null;
    }
}
