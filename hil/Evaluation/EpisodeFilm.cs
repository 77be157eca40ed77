using System.Globalization;
using Edge.Hil.Lockstep;
using Edge.Hil.Pictures;
using Edge.Hil.Plant;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;
using Edge.Robots;
using Edge.Tasks;

namespace Edge.Hil.Evaluation;

/// <summary>An episode once more, as a video with the sentence, the calls and the memory written in.</summary>
internal static class EpisodeFilm
{
    private const long FrameNs = 100_000_000, VerdictNs = 2_000_000_000;
    private const int RememberedCalls = 4;

    /// <summary>Runs the episode and writes the video.</summary>
    public static EpisodeResult Write(RobotDescription robot, TaskEpisode episode, IPlanner? planner, Func<MuJoCoPlant, IChunkPolicy>? policy, bool memoryEnabled, string path,
        Disturbance disturbance = Disturbance.None)
    {
        var poses = new List<(long TimeNs, double[] Pose)>();
        TaskReport? report = null;
        var scene = episode.Scene;
        var result = EpisodeRun.Run(robot, episode, planner, policy, memoryEnabled, Watch, disturbance: disturbance);
        for (var still = 0L; still < VerdictNs; still += FrameNs)
            poses.Add((poses[^1].TimeNs + FrameNs, poses[^1].Pose));
        using var plant = new MuJoCoPlant(robot, scene);
        Film.Write(plant, FilmStyle.Notes, poses, Captions(episode, report!, result, poses[0].TimeNs, poses[^1].TimeNs), path, stillPath: null, stillAtNs: 0);
        return result;

        void Watch(LockstepRig rig)
        {
            (report, scene) = (rig.Controller.Tasks.Report, rig.Plant.Scene);
            if (rig.NowNs % FrameNs != 0)
                return;
            var pose = new double[rig.Plant.PoseSize];
            rig.Plant.CopyPose(pose);
            poses.Add((rig.NowNs, pose));
        }
    }

    private static List<(string Text, long BeginNs, long EndNs)> Captions(TaskEpisode episode, TaskReport report, EpisodeResult result, long firstNs, long lastNs)
    {
        var captions = new List<(string, long, long)>();
        var shownNs = firstNs;
        for (var i = 0; i < report.Calls.Count; i++)
        {
            var call = report.Calls[i];
            var endNs = i + 1 < report.Calls.Count ? report.Calls[i + 1].BeganNs : call.EndedNs;
            captions.Add(($"{episode.Instruction}\n{Memory(report, i)}{Line(i, call.Call)}", shownNs, endNs));
            shownNs = endNs;
        }

        captions.Add(($"{episode.Instruction}\n{Memory(report, report.Calls.Count)}{(result.Succeeded ? "goal reached" : $"FAILED: {result.Reason}")}", shownNs, lastNs));
        return captions;
    }

    /// <summary>The last calls before this one, with their outcomes.</summary>
    private static string Memory(TaskReport report, int before) => string.Concat(
        Enumerable.Range(Math.Max(0, before - RememberedCalls), Math.Min(before, RememberedCalls)).Select(i => $"{Line(i, report.Calls[i].Call)} {PlannerPrompt.OutcomeWord(report.Calls[i].Outcome)}\n"));

    private static string Line(int index, string call) => string.Create(CultureInfo.InvariantCulture, $"{index + 1} {call}");
}
