using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Text.Json;
using Edge.Buses;
using Edge.Cameras;
using Edge.Control;
using Edge.Drives;
using Edge.Inference;
using Edge.Mqtt;
using Edge.Planner;
using Edge.Policy;
using Edge.Realtime;
using Edge.Robots;
using Edge.Tasks;
using Edge.Telemetry;

namespace Edge.Host;

/// <summary>How `edge run` was asked to run.</summary>
/// <param name="RobotFile">Path of the robot file.</param>
/// <param name="Arm">Arm as soon as the self-test has passed; otherwise stay disarmed.</param>
/// <param name="StateFolder">Where memory and task ids survive a restart; null: nowhere.</param>
/// <param name="ReportFile">Where the statistics go at the end; null: nowhere.</param>
/// <param name="TraceFile">Where the samples go at the end; null: none are taken.</param>
/// <param name="MemoryEnabled">False: the planner works without memory.</param>
/// <param name="RecordFolder">Where what the policy sees and does goes, for training; null: nowhere.</param>
/// <param name="ExercisePlanner">True: the planner never rests.</param>
public sealed record RunOptions(
    string RobotFile, bool Arm, string? StateFolder, string? ReportFile, string? TraceFile, bool MemoryEnabled, string? RecordFolder, bool ExercisePlanner);

/// <summary>
/// The controller as a process: opens the devices, gives each stage its thread, priority and core, and ends with a controlled stop on SIGTERM and SIGINT.
/// </summary>
public sealed class EdgeProcess
{
    private const int TaskPeriodMs = 20;
    private const int PolicyPeriodMs = 10;
    private const int TraceMinutes = 30;
    private const double CameraOffToldM = 0.015; // more than any calibration leaves

    // SIGUSR1, asm-generic/signal.h: the statistics start anew, so that a measurement begins when all is warm.
    private const PosixSignal UserSignal1 = (PosixSignal)10;

    // What the planner and MQTT allocate while a task runs must fit in here: then no collection ever suspends the loop.
    private const long QuietHeapBytes = 96L << 20;

    private readonly RunOptions _options;
    private readonly RobotDescription _robot;
    private readonly TextWriter _log;
    private readonly MonotonicClock _clock = new();
    private readonly AllocationMeter _allocation = new();
    private readonly QuietWatch _quiet = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Tasks.TaskReport> _ended = [];
    private volatile bool _signalled;
    private volatile bool _restartStatistics;

    private EdgeProcess(RunOptions options, RobotDescription robot, TextWriter log) => (_options, _robot, _log) = (options, robot, log);

    /// <summary>Runs until a signal. Returns the exit code: 0 after a controlled stop, 1 when something could not start or broke.</summary>
    public static int Run(RunOptions options, TextWriter log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(log);
        try
        {
            return new EdgeProcess(options, RobotFile.Load(options.RobotFile), log).Run();
        }
        catch (Exception e) when (e is RobotFileException or BusException or ModelException or IOException)
        {
            log.WriteLine($"edge: {e.Message}");
            return 1;
        }
    }

    private int Run()
    {
        using var ending = new SignalHandlers(() => _signalled = true, PosixSignal.SIGTERM, PosixSignal.SIGINT);
        using var restarting = new SignalHandlers(() => _restartStatistics = true, UserSignal1);
        using var service = ServiceManager.FromEnvironment(_log);
        var camera = _robot.PolicyCamera;

        // Sessions are made here, on an ordinary thread: their worker threads inherit its scheduling.
        _log.WriteLine($"edge: robot {_robot.Name}, {_robot.Joints.Length} joints, loop {_robot.Loop.RateHz} Hz");
        using var planner = VlmPlanner.Load(_robot.Planner.Package, ModelRuntime.For(_robot.Planner.Provider));
        planner.Prepare(_robot.Planner.MemoryCapacity);
        using var policy = DiffusionPolicy.Load(_robot.Policy.Package, new CameraModel(camera), ModelRuntime.For(_robot.Policy.Provider));
        var models = ModelHealth.Of(_robot, planner, policy);
        foreach (var model in models)
            _log.WriteLine($"edge: {model}");
        var memory = OpenMemory();
        var drives = DriveSet.Create(_robot, BusFactory.OpenSerial, BusFactory.OpenCan);
        using var controller = new Controller(_robot, drives, policy, planner, memory, _clock, _options.MemoryEnabled, _options.ExercisePlanner);
        foreach (var model in models)
            controller.Loop.SelfTest.Require(model.CheckName, () => model.IsFastEnough, () => model.Slowness);
        using var recorder = _options.RecordFolder is { } recordings ? new EpisodeRecorder(recordings, camera.WidthPx, camera.HeightPx, _log) : null;
        controller.Policy.Witness = recorder;
        using var runner = new LoopRunner(controller.Loop, _robot.Loop);
        var trace = _options.TraceFile is null ? null : new RunTrace(TraceMinutes * 60 * 1000 / TaskPeriodMs, _robot.Joints.Length);

        // Before the loop starts: taking the heap's pages suspends every thread for a tenth of a second.
        GC.Collect();
        GC.TryStartNoGCRegion(QuietHeapBytes);
        if (Scheduling.LockMemory() is { } unlocked)
            _log.WriteLine($"edge: warning: {unlocked}");
        using var awake = new WakeLatency();
        if (_robot.Loop.Priority > 0 && awake.Hold() is { } asleep)
            _log.WriteLine($"edge: warning: {asleep}");
        runner.Start();
        ThreadAllocation cameraMeter = _allocation.Thread("camera"), policyMeter = _allocation.Thread("policy"), plannerMeter = _allocation.Thread("planner");
        using var reader = new CameraReader(camera, _clock, frame =>
        {
            controller.OnFrame(frame);
            cameraMeter.Note();
        });
        using var mqtt = new RobotMqtt(_robot, StateFile("tasks.json"));
        mqtt.Start();
        foreach (var warning in runner.Warnings)
            _log.WriteLine($"edge: warning: {warning}");
        var threads = new[]
        {
            StartThread("policy", () =>
            {
                while (!_stop.IsCancellationRequested)
                {
                    controller.Policy.Tick(Now());
                    policyMeter.Note();
                    Thread.Sleep(PolicyPeriodMs);
                }
            }),
            StartThread("planner", () =>
            {
                if (Scheduling.UseIdle() is { } refused)
                    _log.WriteLine($"edge: warning: planner: {refused}");
                while (!_stop.IsCancellationRequested)
                {
                    controller.Planner.Work();
                    plannerMeter.Note();
                }
            }),
        };

        controller.Tasks.Changed += report =>
        {
            if (report.Ended)
                _ended.Add(report);
        };
        var tasksMeter = _allocation.Thread("tasks");
        Prepare(controller);
        service.Ready();
        tasksMeter.Note();
        _restartStatistics = true;
        var exitCode = Supervise(controller, runner, new MqttBridge(controller, runner, mqtt), service, trace, tasksMeter);
        _stop.Cancel();
        foreach (var thread in threads)
            thread.Join();
        runner.Stop();
        Report(controller, runner, trace);
        return exitCode;
    }

    /// <summary>Self-test and, where asked for, arming.</summary>
    private void Prepare(Controller controller)
    {
        controller.Loop.Commands.Post(ControlCommand.SelfTest);
        WaitFor(controller, robot => robot.State != ControlState.SelfTest && robot.CommandsTaken > 0, SelfTest.TimeoutSeconds + 1);
        foreach (var check in controller.Loop.SelfTest.Checks)
            _log.WriteLine($"edge: self-test: {check.Name}: {(check.Passed ? "ok" : check.Detail)}");
        controller.Loop.Snapshots.Read(out var robot);
        if (robot.State == ControlState.Idle && _options.Arm)
        {
            controller.Loop.Commands.Post(ControlCommand.Arm);
            WaitFor(controller, snapshot => snapshot is { State: ControlState.Armed, Busy: false }, 3);
        }

        controller.Loop.Snapshots.Read(out robot);
        _log.WriteLine($"edge: {robot.State}");
    }

    private int Supervise(Controller controller, LoopRunner runner, MqttBridge mqtt, ServiceManager service, RunTrace? trace, ThreadAllocation meter)
    {
        var stopping = false;
        var cameraOffM = 0.0;
        while (true)
        {
            Thread.Sleep(TaskPeriodMs);
            var now = Now();
            mqtt.Tick(now);
            controller.Tasks.Tick(now);
            controller.Loop.Snapshots.Read(out var robot);
            service.Tick(now, in robot);
            trace?.Add(robot, runner.Statistics.TakeLargestLatenessNs());
            meter.Note();
            if (_restartStatistics)
            {
                _restartStatistics = false;
                runner.RestartStatistics();
                _allocation.Begin(now);
            }

            if (_allocation.TrySample(now) && _quiet.Look(_allocation, runner.Statistics.AllocatedBytes) is { } noise)
            {
                _log.WriteLine($"edge: warning: {noise}");
                mqtt.Warn("ALLOCATION", noise);
            }

            if (Math.Abs(controller.CameraOffM - cameraOffM) > CameraOffToldM)
            {
                cameraOffM = controller.CameraOffM;
                var moved = string.Create(CultureInfo.InvariantCulture, $"the camera was moved since its calibration: it sees the table {1000 * cameraOffM:0} mm off; pictures are put right by the marks on the table");
                _log.WriteLine($"edge: warning: {moved}");
                mqtt.Warn("CAMERA_MOVED", moved);
            }

            if (runner.Failure is { } failure)
            {
                _log.WriteLine($"edge: the control loop broke: {failure.Message}");
                return 1;
            }

            if (_signalled && !stopping)
            {
                stopping = true;
                service.Stopping();
                controller.Tasks.Cancel(now);
                controller.Loop.Commands.Post(ControlCommand.Stop(ReactionCause.Signal));
            }

            if (stopping && robot.State == ControlState.Off)
                return 0;
        }
    }

    private void Report(Controller controller, LoopRunner runner, RunTrace? trace)
    {
        var status = controller.Policy.Status;
        var planner = controller.Planner;
        var busySeconds = planner.DurationNs.Sum / 1e9;
        var report = new RunReport(
            runner.Statistics.Report(),
            runner.Statistics.LatenessNs.Buckets(),
            _allocation.Report(Now()),
            new PlannerReport(planner.Calls, planner.DurationNs.Quantile(0.5) / 1e6, busySeconds > 0 ? planner.Tokens / busySeconds : 0, planner.Exercises),
            new PolicyReport(status.Chunks, status.MsP50, status.MsP99, QuantilesUs.Of(controller.Loop.FrameToCommandNs)),
            _ended,
            runner.Warnings);
        if (_options.ReportFile is { } path)
            File.WriteAllText(path, JsonSerializer.Serialize(report, HostJson.Default.RunReport));
        if (_options.TraceFile is { } traceFile)
            trace!.Write(traceFile);
        _log.WriteLine($"edge: {report.Loop.Ticks} ticks, {report.Loop.Missed} missed, lateness p99 {report.Loop.LatenessUs.P99:0.0} us, {report.Allocation.Collections} collections");
    }

    private PlannerMemory OpenMemory()
    {
        if (StateFile("memory.json") is not { } path)
            return new PlannerMemory(_robot.Planner.MemoryCapacity);
        var memory = PlannerMemory.Open(path, _robot.Planner.MemoryCapacity, out var warning);
        if (warning.Length > 0)
            _log.WriteLine($"edge: warning: {warning}");
        return memory;
    }

    private string? StateFile(string name)
    {
        if (_options.StateFolder is not { } folder)
            return null;
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, name);
    }

    private void WaitFor(Controller controller, Func<RobotSnapshot, bool> until, double atMostSeconds)
    {
        var end = Now() + (long)(atMostSeconds * 1e9);
        while (Now() < end && !_signalled)
        {
            controller.Loop.Snapshots.Read(out var robot);
            if (until(robot))
                return;
            Thread.Sleep(TaskPeriodMs);
        }
    }

    private static Thread StartThread(string name, ThreadStart body)
    {
        var thread = new Thread(() =>
        {
            Scheduling.ShowName();
            body();
        })
        { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }

    private long Now() => _clock.NowNs;

    /// <summary>Signals that ask for something instead of ending the process.</summary>
    private sealed class SignalHandlers : IDisposable
    {
        private readonly PosixSignalRegistration[] _registrations;

        public SignalHandlers(Action signalled, params PosixSignal[] signals) =>
            _registrations = [.. signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                signalled();
            }))];

        public void Dispose()
        {
            foreach (var registration in _registrations)
                registration.Dispose();
        }
    }
}
