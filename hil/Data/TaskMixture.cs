using Edge.Hil.Scenes;
using Edge.Hil.Tasks;

namespace Edge.Hil.Data;

/// <summary>
/// The tasks that training data is made from, as often as listed: all of them; the short ones again, since an episode of them is but a call or two; and swap, which
/// needs its memory most.
/// </summary>
public static class TaskMixture
{
    /// <summary>Names of the tasks.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. TaskRegistry.All.Select(task => task.Name),
        "novel_adj", "novel_noun", "novel_adj_noun", "match_pose", "pick", "place", "push", "rotate", "throw", "throw_topple", "touch", "touch_push", "touch_topple", "move_without_hitting", "simple_manipulation", "swap", "swap",
    ];

    /// <summary>Draws an episode, in wordings of the training split.</summary>
    public static TaskEpisode Draw(ulong seed, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return TaskRegistry.Get(random.Pick(Names)).Sample(seed);
    }
}
