import com.google.gson.Gson;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.fhir.ucum.UcumEssenceService;
import org.fhir.ucum.UcumService;
import org.hl7.fhir.r5.elementmodel.Manager.FhirFormat;
import org.hl7.fhir.utilities.TimeTracker;
import org.hl7.fhir.utilities.http.ManagedWebAccess;
import org.hl7.fhir.utilities.npm.FilesystemPackageCacheManager;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.ValidationEngine;
import org.hl7.fhir.validation.service.PassiveExpiringSessionCache;
import org.hl7.fhir.validation.service.StandAloneValidatorFetcher;
import org.hl7.fhir.validation.service.ValidationService;
import org.hl7.fhir.validation.service.model.InstanceValidatorParameters;
import org.hl7.fhir.validation.service.model.ValidationEngineParameters;

/**
 * The official validator as a conversation: one JSON request a line on standard input, one JSON answer a line on
 * standard output. Its own command line module is not published, and one process a file would start for 20 seconds.
 *
 * <p>One engine is kept at a time, so requests come sorted by engine. No terminology server is ever asked.
 * With the argument "offline" nothing is fetched at all.
 */
public final class Validate {
  record Engine(String version, List<String> packages) {}

  /** Validate a file, or install a package (name#version), or judge units; the other members are absent. */
  record Request(Engine engine, String file, List<String> profiles, String context, String install, List<String> units) {}

  record Issue(String severity, String path, String message, String rule) {}

  private static final Gson GSON = new Gson();

  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // the validator prints its progress
    if (List.of(arguments).contains("offline")) {
      ManagedWebAccess.setAccessPolicy(ManagedWebAccess.WebAccessPolicy.PROHIBITED);
    }
    Validate validate = new Validate();
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = requests.readLine()) != null; ) {
      answers.println(validate.answer(GSON.fromJson(line, Request.class)));
      answers.flush();
    }
  }

  private Engine key;
  private ValidationEngine engine;
  private UcumService ucum;

  private String answer(Request request) {
    try {
      if (request.install() != null) {
        return GSON.toJson(Map.of("folder", install(request.install())));
      }
      if (request.units() != null) {
        return GSON.toJson(Map.of("units", units(request.units())));
      }
      return GSON.toJson(Map.of("issues", validate(request)));
    } catch (Throwable failure) { // NoClassDefFoundError is one that happened
      failure.printStackTrace();
      return GSON.toJson(Map.of("failure", String.valueOf(failure)));
    }
  }

  private static String install(String name) throws Exception {
    String[] parts = name.split("#", 2);
    FilesystemPackageCacheManager cache = new FilesystemPackageCacheManager.Builder().build();
    cache.loadPackage(parts[0], parts[1]);
    return Path.of(cache.getFolder(), name).toString();
  }

  /** What is wrong with each unit, by unit; nothing for a good one. */
  private Map<String, String> units(List<String> codes) throws Exception {
    if (ucum == null) {
      ucum = new UcumEssenceService(Validate.class.getClassLoader().getResourceAsStream("ucum-essence.xml"));
    }
    Map<String, String> wrong = new TreeMap<>();
    for (String code : codes) {
      String problem = ucum.validate(code);
      if (problem != null) {
        wrong.put(code, problem);
      }
    }
    return wrong;
  }

  private List<Issue> validate(Request request) throws Exception {
    if (!request.engine().equals(key)) {
      engine = null; // let the old one go before the new one grows
      key = null;
      engine = start(request.engine());
      key = request.engine();
    }
    if (engine.getFetcher() instanceof StandAloneValidatorFetcher fetcher) {
      fetcher.setResolutionContext(request.context() == null ? null : "file:" + request.context());
    }
    InstanceValidatorParameters parameters = new InstanceValidatorParameters();
    parameters.setProfiles(new ArrayList<>(request.profiles()));
    List<ValidationMessage> messages = new ArrayList<>();
    byte[] source = Files.readAllBytes(Path.of(request.file()));
    engine.validateAsFragments(source, FhirFormat.JSON, parameters, messages);
    return messages.stream()
        .map(m -> new Issue(m.getLevel().toCode(), m.getLocation(), m.getMessage(), m.getMessageId()))
        .toList();
  }

  private static ValidationEngine start(Engine wanted) throws Exception {
    ValidationEngineParameters parameters = new ValidationEngineParameters();
    parameters.setSv(wanted.version()).setIgs(new ArrayList<>(wanted.packages())).setTxServer(null);
    ValidationService service = new ValidationService(new PassiveExpiringSessionCache());
    return service.initializeValidator(
        parameters, new InstanceValidatorParameters(), null, new TimeTracker(), List.of());
  }
}
