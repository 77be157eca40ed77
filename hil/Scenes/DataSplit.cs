namespace Edge.Hil.Scenes;

/// <summary>What training sees, and what is kept for evaluation: wordings, names of things, shades, sizes and the table's texture.</summary>
public enum DataSplit
{
    /// <summary>For training data.</summary>
    Train,

    /// <summary>
    /// For evaluation: wordings never seen in training, made of words that were; things of a colour and a shape that never came together
    /// (<see cref="ThingNames.IsHeldOut"/>), in shades off all that were seen, narrower or wider than any of their task, on a table with squares.
    /// </summary>
    Test,
}
