using System.CommandLine;
using System.Globalization;
using Edge.Hil.Evaluation;
using Edge.Hil.Scenes;
using Edge.Robots;

namespace Edge.Hil.Data;

/// <summary><c>edge-hil data view</c>: a labelled video of one episode of the policy's training data.</summary>
public static class DataViewCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var robot = RobotOption.Create();
        var episode = new Option<int>("--episode") { Description = "Number of the episode, as in episode.npy", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "The video", DefaultValueFactory = _ => Path.Combine("out", "data", "episode.mp4") };
        var randomisation = Randomisation.CreateOption();
        var command = new Command("view", "Make a video of an episode of the policy's training data, with its sentence, calls and outcomes") { robot, episode, output, randomisation };
        command.SetAction(arguments =>
        {
            Randomisation.Present = arguments.GetValue(randomisation);
            var path = arguments.GetValue(output)!;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            var data = new PolicyData(RobotFile.Load(arguments.GetValue(robot)!), "", Console.Out);
            var result = data.Film(arguments.GetValue(episode), path);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{path}: \"{result.Instruction}\", {result.Calls} calls, {(result.Succeeded ? "goal reached" : result.Reason)}, {result.Seconds:0.0} s"));
            return 0;
        });
        return command;
    }
}
