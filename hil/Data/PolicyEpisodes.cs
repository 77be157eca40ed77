using Edge.Cameras;
using Edge.Control;
using Edge.Hil.Oracle;
using Edge.Policy;

namespace Edge.Hil.Data;

/// <summary>Runs single subtasks on random scenes: the lockstep rig, seen from the policy's data generator.</summary>
public interface IEpisodeRunner : IDisposable
{
    /// <summary>Calibration of the policy's camera.</summary>
    CameraModel Camera { get; }

    /// <summary>Tool pose in which every call begins and ends.</summary>
    ToolPose Home { get; }

    /// <summary>Where everything really is.</summary>
    IPlantTruth Truth { get; }

    /// <summary>A new scene for this seed, the arm at home, nothing held.</summary>
    void Reset(ulong seed);

    /// <summary>
    /// Runs a policy stage with this policy on this subtask until it ends; the stage asks for a new chunk after <paramref name="replanSteps"/> steps.
    /// The arm, and what it holds, stay as they are afterwards.
    /// </summary>
    SubtaskOutcome RunSubtask(IChunkPolicy policy, Subtask subtask, int replanSteps);
}
