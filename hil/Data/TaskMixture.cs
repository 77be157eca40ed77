using Edge.Hil.Scenes;
using Edge.Hil.Tasks;

namespace Edge.Hil.Data;

/// <summary>
/// The tasks that training data is made from, as often as listed: all of them; again the short ones, since an episode of them is but a call or two, those with many
/// sentences, and swap, which needs its memory most.
/// </summary>
public static class TaskMixture
{
    /// <summary>Names of the tasks.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. TaskRegistry.All.Select(task => task.Name),
        "pick", "place", "touch", "simple_manipulation", "swap", "swap",
        "match_pose", "move_without_hitting", "throw", "throw_topple", "novel_noun", "novel_adj_noun", "novel_adj", "novel_adj",
        "push", "push", "rotate", "rotate", "rotate", "touch_push", "touch_push", "touch_topple", "touch_topple", "trace", "trace",
        "throw", "throw", "push", "swap_push", "neighbour", "sort2d", "rearrange", "follow_order", "rotate_restore", "rotate_restore", "rotate_symmetry", "single_stack", "neighbour", "stack_topple", "swap_push",
    ];

    /// <summary>
    /// Those that slide, sweep, turn and throw: no sensor tells a policy how well it does so, and each may be of any length, angle or distance, so it needs many.
    /// </summary>
    public static IReadOnlyList<string> Unfelt { get; } =
    [
        "swap_push", "swap_push", "swap_push", "touch_push", "push",
        "touch_topple", "touch_topple", "rotate", "rotate_restore", "swap_rotate", "throw_topple", "throw_topple", "throw", "throw_sort",
    ];

    /// <summary>Draws an episode of all tasks, in wordings of the training split.</summary>
    public static TaskEpisode Draw(ulong seed, SceneRandom random) => Draw(Names, seed, random);

    /// <summary>Draws an episode of some tasks.</summary>
    public static TaskEpisode Draw(IReadOnlyList<string> names, ulong seed, SceneRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return TaskRegistry.Get(random.Pick(names)).Sample(seed);
    }
}
