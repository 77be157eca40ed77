using Edge.Cameras;
using Edge.Control;
using Edge.Hil.Data;
using Edge.Hil.Oracle;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;

namespace Edge.Hil.Lockstep;

/// <summary>Single subtasks in the lockstep rig, for the policy's data: random scenes, any policy, no planner.</summary>
public sealed class LockstepEpisodes : IEpisodeRunner
{
    private readonly RobotDescription _robot;
    private readonly Switch _policy = new();
    private LockstepRig? _rig;

    /// <summary>Takes the robot; every step asks for a new chunk unless <see cref="RunSubtask"/> says otherwise.</summary>
    public LockstepEpisodes(RobotDescription robot)
    {
        ArgumentNullException.ThrowIfNull(robot);
        _robot = robot;
        Truth = new PlantTruth(() => Rig.Plant);
        Camera = new CameraModel(robot.Cameras.First(camera => camera.Name == robot.Policy.Camera));
        JointVector home = default;
        robot.HomeRad.CopyTo(home);
        Home = new Control.Motion.ArmKinematics(robot).Forward(home);
    }

    /// <inheritdoc/>
    public CameraModel Camera { get; }

    /// <inheritdoc/>
    public ToolPose Home { get; }

    /// <inheritdoc/>
    public IPlantTruth Truth { get; }

    /// <summary>The rig of the present scene.</summary>
    public LockstepRig Rig => _rig ?? throw new InvalidOperationException("Reset comes first.");

    /// <inheritdoc/>
    public void Reset(ulong seed)
    {
        _rig?.Dispose();
        var random = new SceneRandom(seed);
        var scene = SceneSampler.Draw(random, 1 + random.Below(3), random.Below(4));
        _rig = new LockstepRig(_robot with { Policy = _robot.Policy with { ReplanSteps = 1 } }, scene, _ => _policy, _ => new NoPlanner());
        _rig.Arm();
    }

    /// <inheritdoc/>
    public SubtaskOutcome RunSubtask(IChunkPolicy policy, Subtask subtask, int replanSteps)
    {
        ArgumentNullException.ThrowIfNull(subtask);
        var rig = Rig;
        _policy.Present = policy;
        rig.Controller.Policy.Begin(subtask);
        rig.Controller.Loop.Commands.Post(ControlCommand.Start(subtask.Id));
        rig.Run(() => rig.Controller.Policy.Status is { } status && status.SubtaskId == subtask.Id && status.Outcome != SubtaskOutcome.Running, Edge.Api.RobotApi.Calls[subtask.Function].TimeoutSeconds + 1);
        var outcome = rig.Controller.Policy.Status.Outcome;
        rig.Controller.Policy.Cancel();
        rig.Controller.Loop.Commands.Post(new ControlCommand(ControlCommandKind.Finish));
        rig.Run(() => rig.Robot is { State: ControlState.Armed, Busy: false }, 3);
        return outcome;
    }

    /// <inheritdoc/>
    public void Dispose() => _rig?.Dispose();

    private sealed class NoPlanner : IPlanner
    {
        public PlannerReply Next(PlannerRequest request) => throw new NotSupportedException("these episodes have no planner");
    }

    /// <summary>One stage, changing policies: the stage keeps the policy that it was made with.</summary>
    private sealed class Switch : IChunkPolicy
    {
        public IChunkPolicy? Present { get; set; }

        public long StepNs => 100_000_000;

        public int ObservationSteps => 2;

        public void Begin(Subtask subtask) => Present!.Begin(subtask);

        public float Infer(ReadOnlySpan<Observation> history, ActionChunk chunk) => Present!.Infer(history[^Present.ObservationSteps..], chunk);
    }
}
